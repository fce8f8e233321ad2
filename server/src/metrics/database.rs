//! The connections to the database, read from their pools at each scrape.

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, gauge::ConstGauge},
};

use crate::store::{PoolStatus, Store};

#[derive(Debug)]
pub(super) struct Connections(pub Store);

impl Collector for Connections {
    fn encode(&self, mut encoder: DescriptorEncoder) -> std::fmt::Result {
        let pools = self.0.pools();
        connections(&mut encoder, &pools)?;
        let max = "Maximum number of connections to the database";
        gauges(&mut encoder, "database_connections_max", max, &pools, |pool| pool.max)?;
        let waiting = "Queries and transactions that wait for a connection to the database";
        gauges(&mut encoder, "database_waiting", waiting, &pools, |pool| pool.waiting)
    }
}

fn connections(encoder: &mut DescriptorEncoder, pools: &[PoolStatus]) -> std::fmt::Result {
    let help = "Connections to the database, by pool and state";
    let mut metric = encoder.encode_descriptor("database_connections", help, None, MetricType::Gauge)?;
    for pool in pools {
        for (state, count) in [("in_use", pool.in_use), ("idle", pool.idle)] {
            number(count).encode(metric.encode_family(&[("pool", pool.name), ("state", state)])?)?;
        }
    }
    Ok(())
}

fn gauges(
    encoder: &mut DescriptorEncoder,
    name: &str,
    help: &str,
    pools: &[PoolStatus],
    value: impl Fn(&PoolStatus) -> usize,
) -> std::fmt::Result {
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    pools.iter().try_for_each(|pool| number(value(pool)).encode(metric.encode_family(&[("pool", pool.name)])?))
}

fn number(count: usize) -> ConstGauge {
    ConstGauge::new(i64::try_from(count).unwrap_or(i64::MAX))
}
