//! What is shipped to run the exporter elsewhere: the unit for systemd, and the configurations that the documents show.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// The key of the agent that the documents name: the one that the exchange shows in its own.
const AGENT: &str = "0x4fd0a42218f3eae43a6ce26d22544e986139a01e5b34a62db53757ffca81bae1";

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Runs a program; it must end well. Gives what it printed.
fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output =
        output.unwrap_or_else(|error| panic!("{program}: {error}; tests/all.sh installs it"));
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8(told).unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {told}");
    told
}

/// The files that a document shows, as blocks of YAML with a name, in a folder with the rules beside them.
fn shown(document: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(path(document)).unwrap();
    for block in text.split("```yaml ").skip(1) {
        let (name, rest) = block.split_once('\n').unwrap();
        let (content, _) = rest.split_once("```").unwrap();
        fs::write(folder.path().join(name), content).unwrap();
    }
    let rules = folder.path().join("aster");
    fs::create_dir(&rules).unwrap();
    for entry in fs::read_dir(path("deploy/prometheus/rules")).unwrap() {
        let from = entry.unwrap().path();
        fs::copy(&from, rules.join(from.file_name().unwrap())).unwrap();
    }
    folder
}

#[test]
fn the_unit_names_flags_that_there_are() {
    let unit = path("deploy/systemd/aster-exporter.service");
    let text = fs::read_to_string(&unit).unwrap();
    let start = text
        .lines()
        .find(|line| line.starts_with("ExecStart="))
        .unwrap();
    let help = run(env!("CARGO_BIN_EXE_aster-exporter"), &["--help"]);
    let flags: Vec<&str> = start
        .split_whitespace()
        .skip(1)
        .filter_map(|word| word.split_once('='))
        .map(|(f, _)| f)
        .collect();
    assert_eq!(flags.len(), 2, "{start}");
    for flag in flags {
        assert!(help.contains(flag), "{flag} is no flag");
    }
}

#[test]
fn getting_started_shows_what_works() {
    let folder = shown("docs/getting-started.md");
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let told = run("promtool", &["check", "config", &file("prometheus.yml")]);
    assert_eq!(told.matches("rules found").count(), 4, "{told}");
    run("amtool", &["check-config", &file("alertmanager.yml")]);

    fs::write(file("aster_agent"), AGENT).unwrap();
    let config = format!("--config.file={}", file("aster.yaml"));
    let told = run(
        env!("CARGO_BIN_EXE_aster-exporter"),
        &["check", "--offline", &config],
    );
    assert!(
        told.contains("the configuration is good: 1 account(s)"),
        "{told}"
    );
}

#[test]
fn the_manifest_for_kubectl_configures_the_exporter() {
    let manifest = fs::read_to_string(path("deploy/kubernetes/aster-exporter.yaml")).unwrap();
    let (_, rest) = manifest.split_once("  config.yaml: |\n").unwrap();
    let (config, _) = rest.split_once("---").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let secrets = folder.path().to_str().unwrap();
    for (name, secret) in [
        ("main.agent", AGENT),
        ("old.key", "key"),
        ("old.secret", "secret"),
    ] {
        fs::write(folder.path().join(name), secret).unwrap();
    }
    let file = folder.path().join("config.yaml");
    fs::write(&file, config.replace("/run/secrets/aster", secrets)).unwrap();
    let flag = format!("--config.file={}", file.display());
    let told = run(
        env!("CARGO_BIN_EXE_aster-exporter"),
        &["check", "--offline", &flag],
    );
    assert!(
        told.contains("the configuration is good: 2 account(s)"),
        "{told}"
    );
}

#[test]
fn scaling_shows_what_works() {
    let folder = shown("docs/scaling.md");
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(file("password"), "").unwrap();
    for name in [
        "prometheus.yml",
        "one-of-four.yml",
        "federation.yml",
        "remote-write.yml",
    ] {
        let text = fs::read_to_string(file(name)).unwrap();
        // promtool wants the files that are named.
        fs::write(
            file(name),
            text.replace("/etc/prometheus/mimir-password", "password"),
        )
        .unwrap();
        run("promtool", &["check", "config", &file(name)]);
    }
}
