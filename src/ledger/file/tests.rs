use super::*;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn one_process_at_a_time() {
    let folder = folder();
    let path = folder.path().join("deep/er/ledger.db");
    let lock = lock(&path).unwrap();
    let refused = super::lock(&path).unwrap_err();
    assert_eq!(refused, Error::Locked(path.clone()));
    assert!(refused.refuses_start() && refused.to_string().contains("--ledger.path"));
    drop(lock);
    super::lock(&path).unwrap();
}

#[test]
fn only_its_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder();
    let path = folder.path().join("made/ledger.db");
    let _lock = lock(&path).unwrap();
    let db = open(&path).unwrap();
    db.execute(
        "INSERT INTO account (name, start, income_to) VALUES ('a', 0, 0)",
        [],
    )
    .unwrap();
    for name in ["made", "made/ledger.db", "made/ledger.db-wal"] {
        let mode = fs::metadata(folder.path().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{name}: {mode:o}");
    }
}

#[test]
fn a_ledger_of_a_newer_version_is_left_alone() {
    let folder = folder();
    let path = folder.path().join("ledger.db");
    let db = open(&path).unwrap();
    db.pragma_update(None, "user_version", schema::version() + 1)
        .unwrap();
    drop(db);
    let before = fs::read(&path).unwrap();
    let refused = open(&path).unwrap_err();
    assert_eq!(
        refused,
        Error::Newer(path.clone(), schema::version() + 1, schema::version())
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_database_of_somebody_else_is_left_alone() {
    let folder = folder();
    let path = folder.path().join("other.db");
    let other = Connection::open(&path).unwrap();
    other
        .execute_batch("CREATE TABLE bots (name TEXT)")
        .unwrap();
    drop(other);
    let before = fs::read(&path).unwrap();
    assert_eq!(open(&path).unwrap_err(), Error::Foreign(path.clone()));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn what_is_no_database_is_damaged_and_kept() {
    let folder = folder();
    let path = folder.path().join("ledger.db");
    let garbage = vec![0x5a; 8192];
    fs::write(&path, &garbage).unwrap();
    assert!(matches!(open(&path), Err(Error::Damaged(_))));
    let aside = set_aside(&path).unwrap();
    let second = {
        fs::write(&path, "again").unwrap();
        set_aside(&path).unwrap()
    };
    assert_eq!(fs::read(&aside).unwrap(), garbage);
    assert_eq!(fs::read(second).unwrap(), b"again");
    assert!(!path.exists());
    open(&path).unwrap();
}

#[test]
fn a_file_cut_short_is_damaged() {
    let folder = folder();
    let path = folder.path().join("ledger.db");
    drop(open(&path).unwrap());
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let damaged = open(&path).and_then(|db| {
        db.execute(
            "INSERT INTO account (name, start, income_to) VALUES ('a', 0, 0)",
            [],
        )?;
        Ok(())
    });
    assert!(matches!(damaged, Err(Error::Damaged(_))), "{damaged:?}");
}
