//! Killed in the middle of its work, a node has what it acknowledged.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use xchat_node::spawn;
use xchat_proto::address::Endpoint;
use xchat_proto::codec;
use xchat_proto::ids::LogId;
use xchat_proto::keys::SigningKey;
use xchat_proto::mailbox_wire::Reply;

use super::config;
use super::device::{Device, append, body_of};

const LOG: LogId = LogId([8; 32]);

/// The child of the next test.
#[ignore = "a child process of the next test"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_going_to_be_killed() {
    let dir = std::env::var_os("XCHAT_TEST_FOLDER").unwrap();
    let node = spawn(config(Path::new(&dir))).await.unwrap();
    let endpoint = codec::encode(node.endpoint());
    let hex: String = endpoint.iter().map(|byte| format!("{byte:02x}")).collect();
    writeln!(std::io::stdout(), "\nserves {hex}").unwrap();
    std::future::pending::<()>().await;
}

pub(crate) fn start(dir: &Path) -> (Child, Endpoint) {
    let name = "kill::a_node_that_is_going_to_be_killed";
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--ignored"])
        .env("XCHAT_TEST_FOLDER", dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let hex = lines
        .find_map(|line| line.strip_prefix("serves ").map(str::to_owned))
        .unwrap();
    let pairs = hex
        .as_bytes()
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).unwrap());
    let bytes: Vec<u8> = pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
    (child, codec::decode(&bytes, 1024).unwrap())
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let key = SigningKey::from_seed(&[6; 32]);
    let mut acknowledged = 0_u64;
    let mut home = None;
    for round in 0..3_u8 {
        let (mut child, endpoint) = start(dir.path());
        assert_eq!(
            *home.get_or_insert(endpoint.clone()),
            endpoint,
            "the same node at the same place"
        );
        let mut alice = Device::at(10 + round, &endpoint).await;
        if round == 0 {
            alice.create(LOG, &key).await;
        } else {
            alice.prove(LOG, 0, &key).await;
        }
        for _ in 0..20 {
            let reply = alice.ask(append(LOG, 0, &acknowledged.to_be_bytes())).await;
            assert_eq!(reply, Reply::Appended { index: acknowledged });
            acknowledged += 1;
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let node = spawn(config(dir.path())).await.unwrap();
    let mut alice = Device::new(20, &node).await;
    alice.prove(LOG, 0, &key).await;
    let entries = alice.read(LOG, 0, 0).await;
    let expected: Vec<_> = (0..acknowledged).map(u64::to_be_bytes).collect();
    assert_eq!(entries.iter().map(body_of).collect::<Vec<_>>(), expected);
    node.shutdown().await;
}
