use super::*;

fn check(status: u16, body: &str) -> Result<(), Error> {
    let answer = Answer {
        status,
        redirect: Some("elsewhere.example"),
        body: body.as_bytes(),
        by_agent: false,
    };
    answer.check(&["S3CRET"])
}

#[test]
fn refusals_of_agent_keys_are_told_in_plain_words() {
    let told = |body: &str| {
        let answer = Answer {
            status: 400,
            redirect: None,
            body: body.as_bytes(),
            by_agent: true,
        };
        let error = answer.check(&[]).unwrap_err();
        (error.kind, error.message)
    };
    let cases = [
        (
            r#"{"code":-1000,"msg":"No agent found"}"#,
            Kind::Auth,
            "knows no such agent",
        ),
        (
            r#"{"code":-1000,"msg":"Signature check failed"}"#,
            Kind::Auth,
            "chain_id (1666, on the testnet 714)",
        ),
        (
            r#"{"code":-1022,"msg":"Signature for this request is not valid."}"#,
            Kind::Auth,
            "chain_id",
        ),
        (r#"{"code":-2015,"msg":"x"}"#, Kind::Auth, "API wallet page"),
        (
            r#"{"code":-5050,"msg":"x"}"#,
            Kind::Auth,
            "deposit into the account first",
        ),
        (
            r#"{"code":-4225,"msg":"Nonce Expired"}"#,
            Kind::Clock,
            "no other program uses this agent",
        ),
        (
            r#"{"code":-1000,"msg":"An unknown error occurred"}"#,
            Kind::Server,
            "trouble of its own",
        ),
    ];
    for (body, kind, words) in cases {
        let (found, message) = told(body);
        assert_eq!(found, kind, "{body}");
        assert!(message.contains(words), "{message}");
        assert!(!message.contains("API secret"), "{message}");
    }
}

#[test]
fn kinds() {
    use Kind::{Auth, Banned, Clock, Decode, Firewall, RateLimit, Request, Server};
    #[rustfmt::skip]
    let cases: &[(u16, &str, Option<Kind>)] = &[
        (200, "[]",                                    None),
        (200, " \r\n[]",                               None),
        (200, r#"{"a":1}"#,                            None),
        (200, r#"{"code":200,"msg":"success"}"#,       None),
        (200, r#"{"code":"200"}"#,                     None),
        (200, r#"{"code":null}"#,                      None),
        (200, r#"{"code":"abc"}"#,                     None),
        (200, r#"{"code":-2015,"msg":"x"}"#,           Some(Auth)),
        (200, r#"{"code":"-2015","msg":"x"}"#,         Some(Auth)),
        (200, r#"{"code":-2015}"#,                     Some(Auth)),
        (200, r#"{"msg":7,"code":-4225,"x":[]}"#,      Some(Clock)),
        (200, r#"{"code":-1003,"msg":"too many"}"#,    Some(RateLimit)),
        (200, r#"{"code":-1003,"msg":"IP banned until 1700000000000"}"#, Some(Banned)),
        (200, r#"{"code":-99999}"#,                    Some(Request)),
        (200, "",                                      Some(Decode)),
        (200, "  ",                                    Some(Decode)),
        (200, "<html>",                                Some(Decode)),
        (200, "OK",                                    Some(Decode)),
        (204, "",                                      Some(Decode)),
        (301, "",                                      Some(Request)),
        (302, "<html>",                                Some(Request)),
        (400, r#"{"code":-1021,"msg":"x"}"#,           Some(Clock)),
        (400, r#"{"code":-1022,"msg":"x"}"#,           Some(Auth)),
        (400, r#"{"code":-2014,"msg":"x"}"#,           Some(Auth)),
        (400, r#"{"code":-1002,"msg":"x"}"#,           Some(Auth)),
        (400, r#"{"code":-5050,"msg":"x"}"#,           Some(Auth)),
        (400, r#"{"code":-1121,"msg":"x"}"#,           Some(Request)),
        (400, r#"{"code":-1000,"msg":"x"}"#,           Some(Server)),
        (400, r#"{"code":-1001,"msg":"x"}"#,           Some(Server)),
        (400, r#"{"code":-1006,"msg":"x"}"#,           Some(Server)),
        (400, r#"{"code":-1007,"msg":"x"}"#,           Some(Server)),
        (400, r#"{"code":-1016,"msg":"x"}"#,           Some(Server)),
        (400, "",                                      Some(Request)),
        (401, "",                                      Some(Auth)),
        (401, r#"{"code":-2015}"#,                     Some(Auth)),
        (403, "<html>",                                Some(Firewall)),
        (403, r#"{"code":-1000}"#,                     Some(Firewall)),
        (403, r#"{"code":-2015}"#,                     Some(Auth)),
        (404, "<html>",                                Some(Request)),
        (418, "",                                      Some(Banned)),
        (418, r#"{"code":-2015}"#,                     Some(Banned)),
        (429, "",                                      Some(RateLimit)),
        (429, "<html>",                                Some(RateLimit)),
        (429, r#"{"code":-2015}"#,                     Some(RateLimit)),
        (429, r#"{"code":-1003,"msg":"IP banned until 1700000000000"}"#, Some(Banned)),
        (500, "<html>",                                Some(Server)),
        (500, r#"{"code":-1121}"#,                     Some(Server)),
        (503, r#"{"code":-2015}"#,                     Some(Auth)),
        (503, "",                                      Some(Server)),
    ];
    for &(status, body, kind) in cases {
        let got = check(status, body).err();
        assert_eq!(got.as_ref().map(|e| e.kind), kind, "{status} {body}");
        if let Some(error) = got {
            assert_eq!(error.status, Some(status));
            assert_eq!(error.unsent, None);
            assert!(!error.message.contains('<'), "{error}");
        }
    }
}

#[test]
fn messages_say_what_and_how_to_mend_it() {
    let say = |status, body| check(status, body).unwrap_err().to_string();
    assert_eq!(
        say(
            401,
            r#"{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action"}"#
        ),
        "the exchange answered HTTP 401 Unauthorized, code -2015 \"Invalid API-key, IP, or permissions for action\": \
         check that the API key exists, may read futures, and has this machine's IP on its whitelist"
    );
    assert_eq!(
        say(302, "<html>"),
        "redirected to elsewhere.example: redirects are not followed, check base_url"
    );
    assert_eq!(
        say(200, "<html>"),
        "the answer is an HTML page instead of JSON: check base_url, and that no proxy or portal answers in the \
         exchange's place"
    );
    assert!(say(599, "").starts_with("the exchange answered HTTP 599: "));
}

#[test]
fn foreign_words_are_cleaned() {
    assert_eq!(clean("a\u{7}b\r\nc\u{202e}d", &[]), "abcd");
    assert_eq!(clean("x S3C\0RET y", &["S3CRET", ""]), "x [redacted] y");
    let long = format!("{}S3CRET", "ä".repeat(197));
    assert_eq!(
        clean(&long, &["S3CRET"]),
        format!("{}[re…", "ä".repeat(197))
    );
    let error = check(400, r#"{"code":-1022,"msg":"not S3CRET"}"#).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("S3CRET"));
    assert_eq!(error.code, Some(-1022));
}
