//! The commands of those who run nodes.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, Subcommand};

/// How a stand-alone node runs.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = false)]
pub(crate) struct Node {
    /// What to do instead of running it.
    #[command(subcommand)]
    pub(crate) command: Option<NodeCommand>,
    /// Where it keeps everything; else the folder `node` beside the profiles.
    #[arg(long, global = true, value_name = "DIR", env = "XCHAT_NODE_DIR")]
    pub(crate) node_dir: Option<PathBuf>,
    /// Address and UDP port to listen on.
    #[arg(long, default_value = "0.0.0.0:7480", value_name = "ADDRESS:PORT")]
    pub(crate) listen: SocketAddr,
    /// Take part in the network of this file: vote where the validator key is in its set, follow otherwise. The file is
    /// needed at the first start only.
    #[arg(long, value_name = "FILE")]
    pub(crate) network: Option<PathBuf>,
    /// Where to listen to other validators, over TCP; else on all interfaces, at the port that the network knows.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) consensus_listen: Option<SocketAddr>,
    /// An address under which the node is reached besides those of its interfaces; may be given again.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) external: Vec<SocketAddr>,
    /// An invitation of somebody you trust: begin from the block that it names, when the network is too old to begin
    /// from its file.
    #[arg(long, value_name = "INVITATION")]
    pub(crate) trust: Option<String>,
    /// TCP port of the relay; else a free one, and the same from then on.
    #[arg(long, value_name = "PORT", conflicts_with = "no_relay")]
    pub(crate) relay_port: Option<u16>,
    /// The URL under which others reach the relay, where a proxy stands before it.
    #[arg(long, value_name = "URL", conflicts_with = "no_relay")]
    pub(crate) relay_url: Option<String>,
    /// Don't relay for people who can't reach each other.
    #[arg(long)]
    pub(crate) no_relay: bool,
    /// Most room for files of conversations, in GiB; never more than half of what is free at the start.
    #[arg(long, value_name = "GIB", default_value_t = 100)]
    pub(crate) files_gib: u32,
    /// Serve numbers for monitoring (Prometheus) at this address; without a port-forward only this machine reads
    /// 127.0.0.1.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) metrics: Option<SocketAddr>,
    /// Write the invitation into this file too.
    #[arg(long, value_name = "FILE")]
    pub(crate) invitation_file: Option<PathBuf>,
}

/// What else can be done with a node.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum NodeCommand {
    /// Print the node's public keys, made when there are none: what operators tell each other.
    Key(NodeKey),
}

/// How the keys are printed.
#[derive(Debug, Clone, Args)]
pub(crate) struct NodeKey {
    /// Print the whole line that network create and network add take, under this name. Needs --at.
    #[arg(long, value_name = "NAME", requires = "at")]
    pub(crate) name: Option<String>,
    /// The machine's address, as others reach it.
    #[arg(long, value_name = "ADDRESS", requires = "name")]
    pub(crate) at: Option<IpAddr>,
    /// The TCP port for other validators.
    #[arg(long, value_name = "PORT", default_value_t = 7482)]
    pub(crate) consensus_port: u16,
    /// The UDP port of the node.
    #[arg(long, value_name = "PORT", default_value_t = 7480)]
    pub(crate) port: u16,
}

/// What can be done with a network of several operators.
#[derive(Debug, Subcommand)]
pub(crate) enum Network {
    /// Make a new network of these operators: a file that each of them starts a node with.
    Create(NetworkCreate),
    /// Show how the network is: height, validators, who is missing, what is being voted on.
    Status(Target),
    /// Vote for one more validator. It takes effect once a quorum of the validators has voted so.
    Add {
        /// The line that xchat node key --name NAME --at ADDRESS prints on its machine.
        #[arg(value_name = "NAME,KEY,ADDRESS:PORT[,NODE@ADDRESS:PORT]")]
        operator: String,
        #[command(flatten)]
        target: Target,
    },
    /// Vote for removing a validator.
    Remove {
        /// Its key, or its name where no other has the same.
        #[arg(value_name = "KEY|NAME")]
        validator: String,
        #[command(flatten)]
        target: Target,
    },
    /// Vote for what another validator has proposed.
    Approve {
        /// The ballot's number, as xchat network ballots shows it.
        ballot: String,
        #[command(flatten)]
        target: Target,
    },
    /// List what is being voted on.
    Ballots(Target),
    /// Tell the network where this operator's node is now, or what it is called.
    Describe {
        /// What to call it.
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// Where other validators reach it.
        #[arg(long, value_name = "ADDRESS:PORT")]
        consensus: Option<SocketAddr>,
        /// Where clients and other nodes reach it; may be given again.
        #[arg(long, value_name = "ADDRESS:PORT")]
        node: Vec<SocketAddr>,
        #[command(flatten)]
        target: Target,
    },
    /// Make invitations that pay for a username, so that nobody has to work for it.
    Token {
        /// How many.
        #[arg(long, default_value_t = 1)]
        #[arg(value_parser = clap::value_parser!(u16).range(1..=1000))]
        count: u16,
        /// How many days they are good for.
        #[arg(long, default_value_t = 30)]
        #[arg(value_parser = clap::value_parser!(u16).range(1..=365))]
        days: u16,
        #[command(flatten)]
        target: Target,
    },
}

/// What a new network is made of.
#[derive(Debug, Clone, Args)]
pub(crate) struct NetworkCreate {
    /// One operator; give it once for each. xchat node key --name NAME --at ADDRESS prints it on its machine.
    #[arg(
        long = "operator",
        required = true,
        value_name = "NAME,KEY,ADDRESS:PORT[,NODE@ADDRESS:PORT]"
    )]
    pub(crate) operators: Vec<String>,
    /// Where to write the network file.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// What a username costs at the least, in bits of proof of work.
    #[arg(long, value_name = "BITS", value_parser = clap::value_parser!(u8).range(0..=20))]
    pub(crate) registration_bits: Option<u8>,
    /// How many registrations an hour are welcome; beyond, each costs more.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) registrations_per_hour: Option<u32>,
    /// How many registrations a day each operator may let in by tokens.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) tokens_per_day: Option<u32>,
    /// How often a day an owner may update a record; 0 for any number.
    #[arg(long, value_name = "NUMBER", hide_short_help = true)]
    pub(crate) updates_per_day: Option<u32>,
    /// After how many blocks validators may come and go.
    #[arg(long, value_name = "BLOCKS", hide_short_help = true)]
    #[arg(value_parser = clap::value_parser!(u32).range(2..))]
    pub(crate) epoch_blocks: Option<u32>,
    /// For how many days a client that saw nothing of the network still believes it; 0 for ever.
    #[arg(long, value_name = "DAYS", hide_short_help = true)]
    pub(crate) trust_days: Option<u32>,
    /// After how many days a name lapses whose owner was never there.
    #[arg(long, value_name = "DAYS", hide_short_help = true)]
    pub(crate) term_days: Option<u32>,
    /// For how many days a name rests before somebody else may have it.
    #[arg(long, value_name = "DAYS", hide_short_help = true)]
    pub(crate) grace_days: Option<u32>,
}

/// Which network, and whose keys.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Target {
    /// A network file, or a file with an invitation; else the network of the node on this machine, else that of the
    /// profile.
    #[arg(long, value_name = "FILE")]
    pub(crate) network: Option<PathBuf>,
    /// The folder of the node on this machine; else the folder `node` beside the profiles.
    #[arg(long, value_name = "DIR", env = "XCHAT_NODE_DIR")]
    pub(crate) node_dir: Option<PathBuf>,
}
