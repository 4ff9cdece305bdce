//! What looks after the process: systemd's notifications and watchdog, and the health check of containers.

use std::os::unix::net::UnixDatagram;
use std::process::Output;
use std::time::Duration;

use super::process::{Exporter, FAST, binary, configure, exchange};

/// Runs the health check; gives its code and what it told.
pub fn healthcheck(arguments: &[&str], url: Option<&str>) -> (Option<i32>, String) {
    let mut command = binary();
    command.arg("healthcheck").args(arguments);
    command.envs(url.map(|url| ("ASTER_HEALTHCHECK_URL", url)));
    let Output { status, stderr, .. } = command.output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn systemd_hears_when_it_is_ready_alive_and_stopping() {
    let exchange = exchange().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let hear = || {
        let mut buffer = [0; 64];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    };
    let config = configure(folder.path(), &exchange, FAST);
    let mut command = binary();
    command
        .arg(format!("--config.file={}", config.display()))
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", "200000");
    let exporter = Exporter::spawn(command, folder).await;
    assert_eq!(hear(), "READY=1\n");
    for _ in 0..3 {
        assert_eq!(hear(), "WATCHDOG=1\n");
    }
    exporter.signal("TERM");
    loop {
        match hear().as_str() {
            "WATCHDOG=1\n" => {}
            last => return assert_eq!(last, "STOPPING=1\n"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_health_check_tells_by_its_code_and_in_words() {
    let exchange = exchange().await;
    let exporter = Exporter::start(&exchange, FAST, &[]).await;
    let address = exporter.url.trim_start_matches("http://").to_owned();
    let listen = format!("--web.listen-address={address}");
    assert_eq!(healthcheck(&[&listen], None), (Some(0), String::new()));
    let url = format!("{}/-/healthy", exporter.url);
    assert_eq!(healthcheck(&[], Some(&url)), (Some(0), String::new()));
    assert_eq!(healthcheck(&[&url], None), (Some(0), String::new()));

    let (code, told) = healthcheck(&[&format!("{}/nowhere", exporter.url)], None);
    assert_eq!(code, Some(1));
    let not_well = format!("the exporter at {address} is not well: 404 Not Found");
    assert!(told.starts_with(&not_well), "{told}");

    drop(exporter);
    let with_password = format!("http://user:s3cr3t@{address}/-/healthy");
    let (code, told) = healthcheck(&[], Some(&with_password));
    assert_eq!(code, Some(1));
    let nobody = format!("no exporter answers at {address}");
    assert!(
        told.starts_with(&nobody) && !told.contains("s3cr3t"),
        "{told}"
    );
    let (code, told) = healthcheck(&["no url: s3cr3t"], None);
    assert_eq!(code, Some(1));
    assert!(!told.contains("s3cr3t"), "{told}");
}
