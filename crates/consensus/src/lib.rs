//! The body that hosts the BFT engine and drives the directory; nothing else names the engine.
