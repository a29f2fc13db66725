//! Lines typed by a person, without a thread of the runtime waiting for them.

use std::io::BufRead;

use tokio::sync::mpsc;

use crate::screen;

/// Lines of stdin, as they come.
#[derive(Debug)]
pub(crate) struct Lines {
    lines: mpsc::Receiver<String>,
}

impl Lines {
    /// Begins to read stdin. The thread ends with the process: nothing can wake it from a read.
    pub(crate) fn start() -> Self {
        let (sender, lines) = mpsc::channel(16);
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().lines() {
                let Ok(line) = line else { break };
                if sender.blocking_send(line).is_err() {
                    break;
                }
            }
        });
        Self { lines }
    }

    /// The next line, or nothing once stdin has ended.
    pub(crate) async fn next(&mut self) -> Option<String> {
        self.lines.recv().await
    }

    /// Asks, and waits for the answer.
    pub(crate) async fn ask(&mut self, question: &str) -> Option<String> {
        screen::part(question);
        self.next().await
    }
}
