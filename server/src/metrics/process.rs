//! Figures of this process under the names that every Prometheus client gives them, from `/proc`. Where there is no `/proc`,
//! they are left out.

use std::fs;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
    registry::Unit,
};
use rustix::{
    param::{clock_ticks_per_second, page_size},
    process::{Resource, getrlimit},
};

use crate::clock::Clock;

#[derive(Debug)]
pub(super) struct Process {
    /// In seconds since the Unix epoch.
    start_time: f64,
}

impl Process {
    /// Created at the start: `/proc`, which has the start of a process since the boot, may lack the time of the boot.
    #[expect(clippy::cast_precision_loss, reason = "exact for millions of years")]
    pub fn this() -> Self {
        Self { start_time: Clock::system().now().0 as f64 / 1000.0 }
    }
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder) -> std::fmt::Result {
        if let Some(stat) = Stat::read() {
            let cpu = "Processor time, in user and kernel mode";
            let cpu_metric = encoder.encode_descriptor("cpu", cpu, Some(&Unit::Seconds), MetricType::Counter)?;
            ConstCounter::new(stat.cpu_seconds).encode(cpu_metric)?;
            gauge(&mut encoder, "resident_memory", "Memory in use", Some(&Unit::Bytes), stat.resident_bytes)?;
            let virtual_memory = "Address space, used or not";
            gauge(&mut encoder, "virtual_memory", virtual_memory, Some(&Unit::Bytes), stat.virtual_bytes)?;
            gauge(&mut encoder, "threads", "Threads", None, stat.threads)?;
        }
        if let Some(open) = open_descriptors() {
            gauge(&mut encoder, "open_fds", "Open file descriptors", None, open)?;
        }
        if let Some(max) = getrlimit(Resource::Nofile).current {
            gauge(&mut encoder, "max_fds", "Maximum number of open file descriptors", None, max)?;
        }
        let help = "Start of the process, in seconds since the Unix epoch";
        let metric = encoder.encode_descriptor("start_time", help, Some(&Unit::Seconds), MetricType::Gauge)?;
        ConstGauge::new(self.start_time).encode(metric)
    }
}

fn gauge(encoder: &mut DescriptorEncoder, name: &str, help: &str, unit: Option<&Unit>, value: u64) -> std::fmt::Result {
    let metric: MetricEncoder<'_> = encoder.encode_descriptor(name, help, unit, MetricType::Gauge)?;
    ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX)).encode(metric)
}

/// What `/proc/self/stat` says.
struct Stat {
    cpu_seconds: f64,
    threads: u64,
    virtual_bytes: u64,
    resident_bytes: u64,
}

impl Stat {
    fn read() -> Option<Self> {
        Self::parse(&fs::read_to_string("/proc/self/stat").ok()?)
    }

    fn parse(stat: &str) -> Option<Self> {
        // The second field, the name of the program, may contain spaces and parentheses.
        let (_, fields) = stat.rsplit_once(") ")?;
        let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
        // The numbers of proc(5), which counts from 1.
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        Some(Self {
            cpu_seconds: seconds(field(14)? + field(15)?),
            threads: field(20)?,
            virtual_bytes: field(23)?,
            resident_bytes: field(24)?.saturating_mul(page_size() as u64),
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact up to millions of years")]
fn seconds(ticks: u64) -> f64 {
    ticks as f64 / clock_ticks_per_second() as f64
}

fn open_descriptors() -> Option<u64> {
    // Linux 6.2 and later have the number as the size of the directory; counting thousands of entries takes a millisecond.
    match fs::metadata("/proc/self/fd").ok()?.len() {
        // One of them is that of the directory.
        0 => u64::try_from(fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1)).ok(),
        open => Some(open),
    }
}

#[cfg(test)]
mod tests {
    use super::Stat;

    #[test]
    fn the_name_of_the_program_does_not_confuse_the_figures() {
        let stat =
            "42 (a ) b) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 7 0 1000 4096000 300 18446744073709551615 1";
        let stat = Stat::parse(stat).expect("a valid line");
        assert_eq!((stat.threads, stat.virtual_bytes), (7, 4_096_000));
        assert_eq!(stat.resident_bytes, 300 * rustix::param::page_size() as u64);
        assert!((stat.cpu_seconds - super::seconds(300)).abs() < 0.001, "{}", stat.cpu_seconds);
        assert!(Stat::parse("42 (doorward) S 1").is_none());
    }
}
