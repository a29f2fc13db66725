//! Nobody is contacted but who was named: the product in a network of its own, whose way out is counted.

use std::process::Command;

use super::not_tested;
use super::xchat::World;

/// A cable to nobody takes every packet; its counter is what would have left this machine. The name server lies behind
/// it, so a look-up is counted too. IPv6 is off there: the kernel itself would talk.
const SCRIPT: &str = r#"
set -eu
ip link set lo up
ip link add out0 type veth peer name out1
echo 1 > /proc/sys/net/ipv6/conf/out0/disable_ipv6
echo 1 > /proc/sys/net/ipv6/conf/out1/disable_ipv6
ip address add 10.123.0.2/24 dev out0
ip link set out0 up arp off
ip link set out1 up arp off
ip route add default via 10.123.0.1
echo 'nameserver 10.123.0.53' > "$WORLD/resolv.conf"
mount --bind "$WORLD/resolv.conf" /etc/resolv.conf
bash -c 'echo probe > /dev/udp/10.123.0.99/9'
left() { awk '$1 == "out0:" { print $11 }' /proc/net/dev; }
probe=$(left)

mkfifo "$WORLD/started"
"$XCHAT" --profile alice --json --name alice --no-confirm > "$WORLD/started" &
alice=$!
exec 3< "$WORLD/started"
read -r line <&3
link=$("$XCHAT" --profile alice invite 2> "$WORLD/reach")
"$XCHAT" --profile bob init --join "$link" --name bob --no-confirm > "$WORLD/joined"
"$XCHAT" --profile bob send @alice hello
"$XCHAT" --profile alice accept @bob > "$WORLD/accepted"
"$XCHAT" --profile alice send @bob 'hello yourself'
"$XCHAT" --profile bob read @alice > "$WORLD/read"
"$XCHAT" --profile bob doctor > "$WORLD/doctor"
kill -TERM $alice
wait $alice
echo "probe=$probe left=$(left)"
"#;

#[test]
#[cfg(target_os = "linux")]
fn no_packet_leaves_for_anybody_who_was_not_named() {
    let world = World::new();
    let namespaces = |arguments: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(arguments);
        command
    };
    let ways: [&[&str]; 2] = [&["--net", "--mount"], &["--map-root-user", "--net", "--mount"]];
    let is_allowed = |way: &&&[&str]| {
        let try_out = namespaces(way)
            .args(["sh", "-c", "ip link add out0 type veth peer name out1"])
            .output();
        try_out.is_ok_and(|output| output.status.success())
    };
    let Some(way) = ways.iter().find(is_allowed) else {
        not_tested::tell(
            "no_packet_leaves_for_anybody_who_was_not_named",
            "This test needs root or user namespaces, unshare and ip.",
        );
        return;
    };
    let output = namespaces(way)
        .args(["sh", "-c", SCRIPT])
        .env("WORLD", world.path())
        .env("XCHAT_DATA_DIR", world.path())
        .env("XCHAT", env!("CARGO_BIN_EXE_xchat"))
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{out}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let counts: Vec<u64> = out
        .split_whitespace()
        .filter_map(|pair| pair.split_once('=')?.1.parse().ok())
        .collect();
    let [probe, left] = counts[..] else {
        panic!("no counts: {out}")
    };
    assert!(probe > 0, "the counter counts");
    assert_eq!(left, probe, "packets left the machine");
    let read = std::fs::read_to_string(world.path().join("read")).unwrap();
    assert!(read.contains("hello yourself"), "{read}");
}
