//! Processes of this same program: they say on standard output when they are ready, and end when their standard input
//! does.

use std::process::Stdio;

use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{ChildStdin, ChildStdout, Command};

/// A process of this program, and the ends of its pipes.
pub(crate) struct Process {
    child: tokio::process::Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Process {
    pub(crate) fn start(arguments: &[&str]) -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdin = child.stdin.take().context("a process has no standard input")?;
        let stdout = child.stdout.take().context("a process has no standard output")?;
        Ok(Self {
            child,
            stdin,
            stdout: BufReader::new(stdout),
        })
    }

    /// The next line that it says.
    pub(crate) async fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        self.stdout.read_line(&mut line).await?;
        anyhow::ensure!(!line.is_empty(), "a process of the measurement has ended");
        Ok(line.trim().to_owned())
    }

    /// Resident memory in KiB. Linux only.
    pub(crate) fn resident_kib(&self) -> anyhow::Result<f64> {
        let id = self
            .child
            .id()
            .context("a process of the measurement has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))
            .context("memory is measured through /proc, which is not there")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        Ok(number.context("/proc tells no VmRSS")?.parse()?)
    }

    /// Lets it go, and waits until it has ended.
    pub(crate) async fn end(mut self) -> anyhow::Result<()> {
        drop(self.stdin);
        self.child.wait().await?;
        Ok(())
    }
}

/// Tells the parent that this process is ready.
pub(crate) fn ready(what: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{what}")?;
    Ok(out.flush()?)
}

/// Waits until the parent lets this process go.
pub(crate) async fn until_let_go() -> anyhow::Result<()> {
    let mut rest = Vec::new();
    tokio::io::stdin().read_to_end(&mut rest).await?;
    Ok(())
}
