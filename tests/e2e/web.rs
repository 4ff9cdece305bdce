//! TLS, passwords and headers by `--web.config.file`, with a real Prometheus and while files change.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use aster_exporter::demo::Exchange;
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};
use reqwest::{Certificate, Client, Identity, Method, tls};
use tempfile::TempDir;

use super::pki::{Authority, Pair};
use super::process::{Answer, Exporter, FAST, Series, binary, eventually, exchange, send};
use super::prometheus::Prometheus;
use super::service::healthcheck;

const GOOD: &str = "aster_exporter_web_config_last_reload_successful";
const TLS: &str = "tls_server_config: {cert_file: cert.pem, key_file: key.pem}\n";

/// A folder with the files of the server, signed by an authority of its own.
struct Site {
    folder: TempDir,
    authority: Authority,
}

impl Site {
    fn new() -> Self {
        let site = Self {
            folder: tempfile::tempdir().unwrap(),
            authority: Authority::new(),
        };
        site.renew(&site.authority);
        site.write("ca.pem", &site.authority.pem);
        site
    }

    fn renew(&self, authority: &Authority) {
        let pair = authority.server();
        self.write("key.pem", &pair.key);
        self.write("cert.pem", &pair.cert);
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        let new = self.folder.path().join("new");
        fs::write(&new, content).unwrap();
        fs::rename(new, &path).unwrap();
        path
    }

    async fn serve(&self, exchange: &Exchange, content: &str) -> Exporter {
        let file = self.write("web.yml", content);
        let flag = format!("--web.config.file={}", file.display());
        Exporter::start(exchange, FAST, &[&flag]).await
    }
}

fn hash(password: &str) -> String {
    bcrypt::hash(password, 4).unwrap()
}

fn trusting(authority: &Authority) -> reqwest::ClientBuilder {
    let ca = Certificate::from_pem(authority.pem.as_bytes()).unwrap();
    // A connection for each request, so that every one sees the certificate of its time.
    Client::builder()
        .no_proxy()
        .tls_certs_only([ca])
        .pool_max_idle_per_host(0)
}

fn client(authority: &Authority) -> Client {
    trusting(authority).build().unwrap()
}

fn client_with(authority: &Authority, pair: &Pair) -> Client {
    let identity = Identity::from_pem(format!("{}{}", pair.cert, pair.key).as_bytes()).unwrap();
    trusting(authority).identity(identity).build().unwrap()
}

async fn ask(client: &Client, url: &str, user: &str, password: &str) -> Answer {
    let request = client.get(format!("{url}/metrics"));
    send(request.basic_auth(user, Some(password)))
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_scrapes_over_tls_with_a_password() {
    let (exchange, site) = (exchange().await, Site::new());
    let users = format!("basic_auth_users: {{prometheus: {}}}\n", hash("wonder"));
    let exporter = site.serve(&exchange, &format!("{TLS}{users}")).await;
    assert!(exporter.url.starts_with("https://"), "{}", exporter.url);
    let target = exporter.url.trim_start_matches("https://");
    let ca = site.folder.path().join("ca.pem");
    let job = |ca: &Path, password: &str| {
        format!(
            "  scheme: https\n  tls_config: {{ca_file: {}}}\n  basic_auth: {{username: prometheus, password: {password}}}\n  static_configs: [{{targets: ['{target}']}}]\n",
            ca.display()
        )
    };
    let stranger = site.write("stranger.pem", &Authority::new().pem);
    let prometheus = Prometheus::scraping(&format!(
        "{}- job_name: wrong\n{}- job_name: stranger\n{}",
        job(&ca, "wonder"),
        job(&ca, "wander"),
        job(&stranger, "wonder")
    ))
    .await;
    prometheus
        .until("aster_up{job='aster',account='main'} == 1", |found| {
            !found.is_empty()
        })
        .await;
    prometheus
        .until("count_over_time(up{job!='aster'}[1m]) > 2", |found| {
            found.len() == 2
        })
        .await;
    assert!(prometheus.query("up{job!='aster'} == 1").await.is_empty());
    assert!(prometheus.query("aster_up{job!='aster'}").await.is_empty());
    let good = prometheus.query(GOOD).await;
    assert_eq!(good.len(), 1);
    assert_eq!(good[0].1, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_shows_a_certificate_of_its_own() {
    let (exchange, site) = (exchange().await, Site::new());
    let content = "tls_server_config:\n  {cert_file: cert.pem, key_file: key.pem, client_ca_file: ca.pem, client_auth_type: RequireAndVerifyClientCert, client_allowed_sans: [prometheus.test]}\n";
    let exporter = site.serve(&exchange, content).await;
    let target = exporter.url.trim_start_matches("https://");
    let job = |name: &str| {
        let pair = site.authority.client(name);
        let cert = site.write(&format!("{name}.pem"), &pair.cert);
        let key = site.write(&format!("{name}.key"), &pair.key);
        format!(
            "  scheme: https\n  tls_config: {{ca_file: {}, cert_file: {}, key_file: {}}}\n  static_configs: [{{targets: ['{target}']}}]\n",
            site.folder.path().join("ca.pem").display(),
            cert.display(),
            key.display()
        )
    };
    let prometheus = Prometheus::scraping(&format!(
        "{}- job_name: other\n{}",
        job("prometheus.test"),
        job("other.test")
    ))
    .await;
    prometheus
        .until("aster_up{job='aster',account='main'} == 1", |found| {
            !found.is_empty()
        })
        .await;
    prometheus
        .until("count_over_time(up{job='other'}[1m]) > 2", |found| {
            found.len() == 1
        })
        .await;
    assert!(prometheus.query("up{job='other'} == 1").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_client_auth_type_lets_in_whom_it_should() {
    let exchange = exchange().await;
    let names = "client_ca_file: ca.pem, client_allowed_sans: [10.1.2.3, 'spiffe://test/scraper', scraper.test]";
    // Nobody's certificate, a stranger's, and one of the authority.
    let cases = [
        ("NoClientCert", "", [true, true, true]),
        ("RequestClientCert", "", [true, true, true]),
        ("RequireAnyClientCert", "", [false, true, true]),
        (
            "VerifyClientCertIfGiven",
            "client_ca_file: ca.pem",
            [true, false, true],
        ),
        (
            "RequireAndVerifyClientCert",
            "client_ca_file: ca.pem",
            [false, false, true],
        ),
        ("RequireAnyClientCert", names, [false, true, true]),
        ("RequireAndVerifyClientCert", names, [false, false, true]),
    ];
    for (auth, more, expected) in cases {
        let site = Site::new();
        let content = format!(
            "tls_server_config: {{cert_file: cert.pem, key_file: key.pem, client_auth_type: {auth}, {more}}}\n"
        );
        let exporter = site.serve(&exchange, &content).await;
        let url = format!("{}/-/healthy", exporter.url);
        let reaches =
            async |client: Client| send(client.get(&url)).await.is_ok_and(|a| a.status == 200);
        for name in ["10.1.2.3", "spiffe://test/scraper", "scraper.test"] {
            let clients = [
                client(&site.authority),
                client_with(&site.authority, &Authority::new().client(name)),
                client_with(&site.authority, &site.authority.client(name)),
            ];
            for (client, expected) in clients.into_iter().zip(expected) {
                assert_eq!(reaches(client).await, expected, "{auth} {more} {name}");
            }
        }
        for name in [
            "10.1.2.4",
            "spiffe://test/scraper/more",
            "*.test",
            "x.scraper.test",
        ] {
            let client = client_with(&site.authority, &site.authority.client(name));
            let expected = !more.contains("sans");
            assert_eq!(reaches(client).await, expected, "{auth} {more} {name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_and_curves_are_kept() {
    let (exchange, site) = (exchange().await, Site::new());
    let old = || {
        trusting(&site.authority)
            .max_tls_version(tls::Version::TLS_1_2)
            .build()
            .unwrap()
    };
    let new = || {
        trusting(&site.authority)
            .min_tls_version(tls::Version::TLS_1_3)
            .build()
            .unwrap()
    };
    let cases = [
        ("min_version: TLS12", true, true),
        ("min_version: TLS13", false, true),
        ("max_version: TLS12", true, false),
        (
            "cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384], curve_preferences: [CurveP384]",
            true,
            true,
        ),
        ("cipher_suites: [TLS_CHACHA20_POLY1305_SHA256]", false, true),
        // The key is one of ECDSA.
        (
            "max_version: TLS12, cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]",
            false,
            false,
        ),
    ];
    for (setting, tls12, tls13) in cases {
        let content =
            format!("tls_server_config: {{cert_file: cert.pem, key_file: key.pem, {setting}}}\n");
        let exporter = site.serve(&exchange, &content).await;
        let url = format!("{}/-/healthy", exporter.url);
        for (client, expected) in [(old(), tls12), (new(), tls13)] {
            let answer = send(client.get(&url)).await;
            assert_eq!(answer.is_ok(), expected, "{setting}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_password_nothing_is_told() {
    let (exchange, site) = (exchange().await, Site::new());
    let content = format!(
        "{TLS}http_server_config: {{headers: {{X-Frame-Options: deny, Strict-Transport-Security: max-age=31536000, Content-Security-Policy: default-src 'none'}}}}\nbasic_auth_users: {{alice: {}, bob: {}}}\n",
        hash("wonder"),
        hash("builder")
    );
    let exporter = site.serve(&exchange, &content).await;
    let client = client(&site.authority);
    let decorated = |headers: &HeaderMap| {
        assert_eq!(headers["x-frame-options"], "deny");
        assert_eq!(headers["strict-transport-security"], "max-age=31536000");
        assert_eq!(headers["content-security-policy"], "default-src 'none'");
    };
    let refused = |answer: &Answer, what: &str| {
        assert_eq!(answer.status, 401, "{what}");
        let challenge = answer.headers[WWW_AUTHENTICATE].to_str().unwrap();
        assert!(challenge.starts_with("Basic realm="), "{challenge}");
        assert!(!answer.body.contains("aster_"), "{what}: {}", answer.body);
        decorated(&answer.headers);
    };
    for path in [
        "/metrics",
        "/",
        "/-/healthy",
        "/-/ready",
        "/probe?target=main",
        "/nothing",
        "/metrics?account=x",
    ] {
        for method in [Method::GET, Method::HEAD, Method::POST] {
            let request = client.request(method, format!("{}{path}", exporter.url));
            refused(&send(request).await.unwrap(), path);
        }
    }
    for (user, password) in [
        ("alice", "builder"),
        ("bob", "wonder"),
        ("alice", ""),
        ("carol", "wonder"),
        ("", ""),
    ] {
        refused(&ask(&client, &exporter.url, user, password).await, user);
    }
    for (user, password) in [("alice", "wonder"), ("bob", "builder"), ("alice", "wonder")] {
        let answer = ask(&client, &exporter.url, user, password).await;
        assert_eq!(answer.status, 200, "{user}");
        assert!(answer.body.contains("aster_exporter_build_info"));
        decorated(&answer.headers);
    }
    let page = exporter.url.replacen("https://", "https://bob:builder@", 1) + "/-/healthy";
    assert_eq!(healthcheck(&[], Some(&page)), (Some(0), String::new()));
    let (code, told) = healthcheck(&[&format!("{}/-/healthy", exporter.url)], None);
    assert_eq!(code, Some(1));
    assert!(told.contains("ASTER_HEALTHCHECK_URL"), "{told}");
    let log = exporter.log();
    for secret in ["wonder", "builder", "$2b$", "PRIVATE"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_count_at_once_and_mistakes_do_not_open_the_port() {
    let (exchange, site) = (exchange().await, Site::new());
    let users = |password: &str| format!("{TLS}basic_auth_users: {{alice: {}}}\n", hash(password));
    let first = users("first");
    let exporter = site.serve(&exchange, &first).await;
    let url = exporter.url.clone();
    let client = client(&site.authority);
    let status = async |password: &str| ask(&client, &url, "alice", password).await.status;
    let good = async |password: &str| {
        let page = ask(&client, &url, "alice", password).await;
        assert_eq!(page.status, 200, "{password}");
        Series::parse(&page.body).value(GOOD)
    };
    assert_eq!(good("first").await, Some(1.0));

    // Each of these would let in somebody else, or everybody.
    let mistakes = [
        String::new(),
        "basic_auth_users: {".to_owned(),
        TLS.to_owned(),
        "tls_server_config: {cert_file: cert.pem, key_file: absent.pem}\nbasic_auth_users: {mallory: x}\n".to_owned(),
        format!("basic_auth_users: {{alice: {}}}\n", hash("second")),
        users("second").replace("key.pem", "cert.pem"),
    ];
    for mistake in mistakes {
        site.write("web.yml", &mistake);
        eventually("the mistake to be told", || async {
            (good("first").await == Some(0.0)).then_some(())
        })
        .await;
        assert_eq!(status("second").await, 401, "{mistake}");
        assert_eq!(status("").await, 401, "{mistake}");
        let plain = url.replace("https", "http");
        let answer = super::process::get(&format!("{plain}/metrics")).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        // Well again, as it was.
        site.write("web.yml", &first);
        eventually("the file to be good again", || async {
            (good("first").await == Some(1.0)).then_some(())
        })
        .await;
    }
    let errors = exporter
        .log()
        .lines()
        .filter(|l| l.contains("level=error"))
        .count();
    assert_eq!(errors, 6, "{}", exporter.log());

    site.write("web.yml", &users("second"));
    eventually("the new password", || async {
        (status("second").await == 200).then_some(())
    })
    .await;
    assert_eq!(status("first").await, 401);

    // A new certificate and key of a new authority, one file after the other.
    let other = Authority::new();
    site.renew(&other);
    let newer = super::web::client(&other);
    eventually("the new certificate", || async {
        let request = newer
            .get(format!("{url}/metrics"))
            .basic_auth("alice", Some("second"));
        send(request).await.ok().filter(|a| a.status == 200)
    })
    .await;
    let request = client
        .get(format!("{url}/metrics"))
        .basic_auth("alice", Some("second"));
    assert!(
        send(request).await.is_err(),
        "the old certificate is still shown"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_beyond_the_rate_get_429() {
    let (exchange, site) = (exchange().await, Site::new());
    let content = format!("{TLS}rate_limit: {{interval: 1h, burst: 3}}\n");
    let exporter = site.serve(&exchange, &content).await;
    let client = client(&site.authority);
    let mut statuses = Vec::new();
    for _ in 0..5 {
        let request = client.get(format!("{}/-/healthy", exporter.url));
        statuses.push(send(request).await.unwrap().status);
    }
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
}

#[test]
fn a_bad_file_ends_it_before_it_serves() {
    let site = Site::new();
    let file = site.write(
        "web.yml",
        "tls_server_config: {cert_file: cert.pem, key_file: ca.pem}\n",
    );
    let flag = format!("--web.config.file={}", file.display());
    let runs = [
        vec![],
        vec!["--config.check"],
        vec!["check", "--offline"],
        vec!["check"],
        vec!["demo", "--port=0"],
    ];
    for more in runs {
        let mut command = binary();
        command
            .env("ASTER_API_KEY", "k")
            .env("ASTER_API_SECRET", "s");
        command.env("ASTER_BASE_URL", "http://127.0.0.1:9");
        command
            .args(&more)
            .args([&flag, "--web.listen-address=127.0.0.1:0"]);
        let output = command.stdin(Stdio::null()).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{more:?}: {told}");
        assert!(
            told.contains("web.yml:1:52: tls_server_config.key_file: "),
            "{told}"
        );
        assert!(output.stdout.is_empty(), "{more:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_names_addresses_that_can_be_opened() {
    let site = Site::new();
    let file = site.write("web.yml", TLS);
    let mut demo = binary()
        .args(["demo", "--port=0"])
        .arg(format!("--web.config.file={}", file.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    let url = lines
        .map_while(Result::ok)
        .find_map(|line| Some(line.strip_prefix("Metrics")?.trim().to_owned()))
        .unwrap();
    assert!(url.starts_with("https://"), "{url}");
    let answer = send(client(&site.authority).get(&url)).await;
    demo.kill().unwrap();
    demo.wait().unwrap();
    assert_eq!(answer.unwrap().status, 200);
}
