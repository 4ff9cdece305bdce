//! Everything that the exporter says, at its most talkative and in trouble, for every secret it knows.

use aster_exporter::demo::{Effect, Fault};

use super::process::{Exporter, binary, client, configure_agents, exchange, send};

const STEADY: &str = "{stale_after: 20, min_age: 100ms, intervals: {balance: 400ms, account: 400ms, positions: 400ms, orders: 400ms, trades: 1s, income: 1s, market: 400ms}}";
const PASSWORD: &str = "tr0ub4dor-and-3";

/// The first run of hexadecimal digits that is as long as a signature or a key.
fn long_hex(text: &str) -> Option<&str> {
    text.split(|c: char| !c.is_ascii_hexdigit())
        .find(|run| run.len() >= 64)
}

#[test]
fn what_looks_like_a_signature_is_found() {
    assert_eq!(
        long_hex("revision=0123456789abcdef0123456789abcdef01234567"),
        None
    );
    let signature = "ab".repeat(32);
    assert_eq!(
        long_hex(&format!("&signature={signature}&")),
        Some(&*signature)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_anything_it_says() {
    let exchange = exchange().await;
    let folder = tempfile::tempdir().unwrap();
    let file = configure_agents(folder.path(), &exchange, STEADY, &["hedge"]);
    let web = folder.path().join("web.yml");
    let hash = bcrypt::hash(PASSWORD, 4).unwrap();
    std::fs::write(&web, format!("basic_auth_users: {{alice: '{hash}'}}\n")).unwrap();
    let mut command = binary();
    command.arg(format!("--config.file={}", file.display()));
    command.arg(format!("--web.config.file={}", web.display()));
    command.args(["--web.enable-lifecycle", "--log.level=trace"]);
    let exporter = Exporter::spawn(command, tempfile::tempdir().unwrap()).await;
    let mut said = String::new();
    let ask = async |method: &str, path: &str, password: &str| {
        let url = format!("{}{path}", exporter.url);
        let method = method.parse().unwrap();
        let asked = client()
            .request(method, url)
            .basic_auth("alice", Some(password));
        send(asked).await.unwrap()
    };
    let told = async |what: &str| {
        super::process::eventually(what, || async {
            let page = ask("GET", "/metrics", PASSWORD).await.body;
            page.lines()
                .any(|l| l.starts_with(what) && !l.ends_with(" 0"))
                .then_some(page)
        })
        .await
    };
    said += &told("aster_up{account=\"hedge\"}").await;

    // Trouble of every kind, and what is said of it.
    let bodies = [(Effect::Hang, "timeout"), (Effect::ResetMidBody, "network")];
    for (effect, kind) in bodies {
        exchange.fault(Fault::new(effect));
        for account in ["main", "hedge"] {
            let errors = format!(
                "aster_api_errors_total{{account=\"{account}\",endpoint=\"account\",kind=\"{kind}\"}}"
            );
            said += &told(&errors).await;
        }
        said += &ask("GET", "/", PASSWORD).await.body;
        exchange.clear_faults();
    }
    // An exchange that tells back what it was sent.
    exchange.fault(Fault::reply(
        401,
        r#"{"code":-1022,"msg":"Signature for this request is not valid."}"#,
    ));
    for account in ["main", "hedge"] {
        said += &told(&format!(
            "aster_api_errors_total{{account=\"{account}\",endpoint=\"balance\",kind=\"auth\"}}"
        ))
        .await;
    }
    for (method, path, password) in [
        ("GET", "/", PASSWORD),
        ("GET", "/-/ready", PASSWORD),
        ("GET", "/nothing", PASSWORD),
        ("GET", "/metrics", "wrong"),
        ("GET", "/probe?target=main", PASSWORD),
    ] {
        said += &ask(method, path, password).await.body;
    }
    // Configurations that are wrong, secrets in the middle of what is wrong.
    let text = std::fs::read_to_string(&file).unwrap();
    let secrets: Vec<String> = exchange
        .accounts()
        .into_iter()
        .flat_map(|a| [a.api_key, a.api_secret, a.private_key])
        .collect();
    for wrong in [
        text.replace(
            "name: main,",
            &format!("name: main, api_secret: {},", secrets[1]),
        ),
        format!(
            "{text}  - {{name: {}, api_key: [{}], api_secret: 'x'}}\n",
            secrets[0], secrets[1]
        ),
        format!("{text}\n{}: [\n", secrets[1]),
    ] {
        std::fs::write(&file, wrong).unwrap();
        let refused = ask("POST", "/-/reload", PASSWORD).await;
        assert_eq!(refused.status, 500);
        // The name of an account is no secret, whatever somebody puts there.
        said += &refused.body.replace(&secrets[0], "");
    }
    said += &exporter.log().replace(&format!("name: {}", secrets[0]), "");

    assert!(
        said.len() > 50_000 && said.contains("level=debug"),
        "{}",
        said.len()
    );
    for secret in secrets.iter().skip(1).chain([&PASSWORD.to_owned(), &hash]) {
        let bare = secret.trim_start_matches("0x");
        if let Some(at) = said.find(bare) {
            let from = said[..at].rfind('\n').unwrap_or(0);
            panic!("a secret is told: {}", &said[from..at]);
        }
    }
    assert_eq!(long_hex(&said), None);
    assert!(!said.contains("signature="));
}
