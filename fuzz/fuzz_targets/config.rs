//! The configuration file, whatever is in it.
#![no_main]

use std::io::Write as _;

use aster_exporter::config::{Overrides, load};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    // Names of files and variables in it lead nowhere: the folder is empty, and so is the environment.
    let folder = tempfile::tempdir_in("/dev/shm").expect("a folder in memory");
    let path = folder.path().join("aster.yaml");
    std::fs::File::create(&path)
        .and_then(|mut file| file.write_all(data))
        .expect("a file in memory");
    match load(Some(&path), &Overrides::default(), &|_| None) {
        Ok(config) => assert!(!config.accounts.is_empty()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
