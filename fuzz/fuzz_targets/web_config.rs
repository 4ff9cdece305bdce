//! The web configuration, whatever is in it.
#![no_main]

use std::io::Write as _;

use aster_exporter::config::web::WebFile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    // Names of files in it lead nowhere: the folder is empty.
    let folder = tempfile::tempdir_in("/dev/shm").expect("a folder in memory");
    let path = folder.path().join("web.yml");
    std::fs::File::create(&path)
        .and_then(|mut file| file.write_all(data))
        .expect("a file in memory");
    if let Err(error) = WebFile::read(&path) {
        assert!(!error.to_string().is_empty());
    }
});
