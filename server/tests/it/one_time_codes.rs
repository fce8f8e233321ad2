//! One-time codes equal those of another implementation: `oathtool`, which `.ci/tools oathtool` installs.

use std::process::Command;

use server::{
    clock::Moment,
    model::totp::{Seed, step_at},
    random,
};

#[test]
fn codes_of_a_thousand_seeds_equal_those_of_oathtool() {
    for number in 0..1000 {
        let seed = Seed::generate();
        let second = i64::from(u32::from_ne_bytes(random::bytes()));
        let output = Command::new("oathtool")
            .args(["--totp", "--base32", "--now", &format!("@{second}"), &seed.to_base32()])
            .output()
            .expect("oathtool: run `.ci/tools oathtool`");
        let theirs = String::from_utf8(output.stdout).expect("text");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(seed.code(step_at(Moment(second * 1000))), theirs.trim(), "{number}: {second}");
    }
}
