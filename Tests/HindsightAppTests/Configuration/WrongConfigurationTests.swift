import HindsightApp
import Testing

@Suite("Wrong configuration") struct WrongConfigurationTests {
    @Test(
        "A wrong value is refused with key, source and what was expected, and without the value",
        arguments: [
            ("listen", "8080", "must be host:port like 127.0.0.1:8080, or [::1]:8080"),
            ("clock", "stopped", "must be one of system, manual"),
            ("logging.level", "warn", "must be one of trace, debug, info, notice, warning, error, critical"),
            ("limits.connections", "0", "must be a whole number from 1 to 1000000"),
            ("limits.connections", "1e3", "must be a whole number from 1 to 1000000"),
            ("limits.connections", "99999999999999999999", "must be a whole number from 1 to 1000000"),
            ("limits.idleSeconds", "0", "must be a number of seconds from 0.001 to 31536000"),
            ("limits.idleSeconds", "-5", "must be a number of seconds from 0.001 to 31536000"),
            ("limits.idleSeconds", "nan", "must be a number of seconds from 0.001 to 31536000"),
            ("limits.idleSeconds", "0x10", "must be a number of seconds from 0.001 to 31536000"),
            ("limits.idleSeconds", "1.2.3", "must be a number of seconds from 0.001 to 31536000"),
            ("audience.zeppelin.root", "notes", "must be a folder of notes like /hindsight, without . and .. in it"),
            ("audience.zeppelin.root", "/a/../b", "must be a folder of notes like /hindsight, without . and .. in it"),
            ("audience.zeppelin.root", "/a/..", "must be a folder of notes like /hindsight, without . and .. in it"),
            ("audience.zeppelin.root", "/./a", "must be a folder of notes like /hindsight, without . and .. in it"),
            ("audience.zeppelin.root", "/a//b", "must be a folder of notes like /hindsight, without . and .. in it"),
            ("audience.zeppelin.root", "/a/", "must be a folder of notes like /hindsight, without . and .. in it"),
            ("audience.zeppelin.root", "/", "must be a folder of notes like /hindsight, without . and .. in it"),
            ("audience.zeppelin.url", "127.0.0.1:8890", "must be an address like http://127.0.0.1:8890, without ? and #"),
            ("audience.zeppelin.url", "ftp://zeppelin", "must be an address like http://127.0.0.1:8890, without ? and #"),
            ("audience.zeppelin.url", "http://", "must be an address like http://127.0.0.1:8890, without ? and #"),
            ("audience.zeppelin.url", "http://h:99999", "must be an address like http://127.0.0.1:8890, without ? and #"),
            ("audience.zeppelin.url", "http://h/?token=1", "must be an address like http://127.0.0.1:8890, without ? and #"),
            ("audience.zeppelin.url", "http://two words", "must be an address like http://127.0.0.1:8890, without ? and #"),
            ("auth.keys", "https://example.org/keys", "must be the path of a file or folder"),
            ("auth.keys", "~/keys.json", "~ is not known here: write the whole path"),
            ("auth.issuer", "", "is empty"),
            ("auth.issuer", "a\u{1b}[2J", "holds a control character, or a line break"),
            ("auth.audience", "a,,b", "is empty"),
            ("auth.audience", "", "is empty"),
            ("log", "postgres://u:secret@h/d", "this version keeps logs in folders only, not yet in PostgreSQL: name a folder"),
            ("log", "postgresql://h/d", "this version keeps logs in folders only, not yet in PostgreSQL: name a folder"),
            ("billing.gateway.kind", "adyen", "must be one of simulated, stripe"),
            (
                "billing.gateway.credentialsVariable", "sk_test_geheim",
                "must be the name of an environment variable, in capitals, and not the secret"
            ),
        ])
    func wrongValue(key: String, text: String, reason: String) throws {
        #expect(Configuration.problems((key, text)) == ["\(key) (flag): \(reason)"])
        let variable = try #require(Setting.byKey[key]).variable
        #expect(Configuration.problems(environment: [variable: text]) == ["\(key) (environment \(variable)): \(reason)"])
    }

    @Test(
        "Credentials in an address are refused without repeating them",
        arguments: [
            "http://user:geheim@host:8890", "http://geheim@host", "https://a@b@host/x", "user:geheim@host",
        ])
    func credentials(url: String) {
        let advice = "credentials belong into audience.zeppelin.credentials, and not into an address"
        #expect(Configuration.problems(("audience.zeppelin.url", url)) == ["audience.zeppelin.url (flag): \(advice)"])
        let other = Configuration.problems(("billing.gateway.url", url))
        #expect(other == ["billing.gateway.url (flag): credentials belong into billing.gateway.credentials, and not into an address"])
    }

    @Test("Stripe without a key, and a key from two places, are refused") func gatewayCredentials() {
        let missing = Configuration.problems(("billing.gateway.kind", "stripe"))
        #expect(
            missing == [
                """
                billing.gateway.kind: Stripe needs a secret key: name its file as billing.gateway.credentials, or its variable as \
                billing.gateway.credentialsVariable
                """
            ])
        let both = Configuration.problems(
            ("billing.gateway.credentials", "key.json"), ("billing.gateway.credentialsVariable", "GATEWAY_TOKEN"))
        #expect(
            both == [
                "billing.gateway.credentialsVariable (flag): stands beside billing.gateway.credentials (flag): name one of them"
            ])
    }

    @Test("An unknown key is named with the nearest one, wherever it stands") func unknownKeys() throws {
        let folder = try ConfigurationFolder("clok: system\naudience:\n  sharedDir: x\naudiences: { limits: 3 }\nconnections: 7\n")
        let problems = folder.problems(
            flags: [("limits.bodybytes", "1"), ("audience", "x")],
            environment: ["HINDSIGHT_LISTN": "a:1", "HINDSIGHT_CONFIG": "unused", "HINDSIGHT": "x", "HINDSIGHT_BODY_BYTES": "1"])
        #expect(
            problems == [
                "clok (hindsight.yaml:1): is no setting; the nearest one is clock",
                "audience.sharedDir (hindsight.yaml:3): is no setting; the nearest one is audience.sharedDirectory",
                "audiences (hindsight.yaml:4): is no setting; the nearest one is audience",
                "connections (hindsight.yaml:5): is no setting; the nearest one is limits.connections",
                "HINDSIGHT_BODY_BYTES: is no setting; the nearest one is HINDSIGHT_LIMITS_BODY_BYTES",
                "HINDSIGHT_LISTN: is no setting; the nearest one is HINDSIGHT_LISTEN",
                "limits.bodybytes (flag): is no setting; the nearest one is limits.bodyBytes",
                "audience (flag): is no setting; the nearest one is audience.zeppelin.url",
            ])
    }

    @Test("What Kubernetes and a notebook's runner put into the environment is no setting, and no mistake") func others() throws {
        _ = try Configuration.load(environment: [
            "HINDSIGHT_PORT": "tcp://10.0.0.1:8080", "HINDSIGHT_SERVICE_HOST": "10.0.0.1", "HINDSIGHT_SERVICE_PORT": "8080",
            "HINDSIGHT_PORT_8080_TCP_ADDR": "10.0.0.1", "HINDSIGHT_SHARED_DIRECTORY": "/tmp", "HINDSIGHT_DATABASE": "x",
        ])
        #expect(Configuration.problems(environment: ["HINDSIGHT_PORT": "8080"]).count == 1)
    }

    @Test("Every problem of every source is told at once, even of a value that is overruled") func all() throws {
        let folder = try ConfigurationFolder("listen: nowhere\nclock: system\nlimits:\n  connections: none\n")
        let problems = folder.problems(flags: [("clock", "sundial")], environment: ["HINDSIGHT_LISTEN": "here:1"])
        #expect(
            problems == [
                "listen (hindsight.yaml:1): must be host:port like 127.0.0.1:8080, or [::1]:8080",
                "limits.connections (hindsight.yaml:4): must be a whole number from 1 to 1000000",
                "clock (flag): must be one of system, manual",
            ])
    }

    @Test("The error says each problem on a line of its own") func description() {
        #expect {
            try Configuration.load(("clock", "x"), ("listen", "y"))
        } throws: { error in
            "\(error)".split(separator: "\n").map { $0.prefix(6) } == ["clock ", "listen"]
        }
    }

    @Test("Certificate and key come together, or not at all") func pair() {
        #expect(Configuration.problems(("tls.key", "k")) == ["tls.key (flag): needs tls.certificate beside it"])
        #expect(Configuration.problems(("tls.certificate", "c")) == ["tls.certificate (flag): needs tls.key beside it"])
    }

    @Test(
        "Addresses of every kind are read",
        arguments: [
            ("127.0.0.1:8080", "127.0.0.1", 8080), ("[::1]:0", "::1", 0), ("localhost:65535", "localhost", 65_535),
            ("my-host.example_1.org:080", "my-host.example_1.org", 80), ("[2001:db8::1]:443", "2001:db8::1", 443),
        ])
    func address(text: String, host: String, port: Int) {
        #expect(ListenAddress(text) == ListenAddress(host: host, port: port))
    }

    @Test(
        "What is no address is none",
        arguments: [
            "", ":", "host", "host:", ":80", "host:65536", "host:-1", "host:+1", "host:٣", "::1:80", "[::1]", "[host]:80", "[]:80", "[:80",
            "127.0.0.256:80", "127.1:80", "1.2.3.4.5:80", "ho st:80", "http://host:80", "*:80", "host:000080", "хост:80",
        ])
    func noAddress(text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test("The path of a secret is shown only if it names a file: it may be the secret itself") func secrets() throws {
        let folder = try ConfigurationFolder("billing: { gateway: { webhookSecret: whsec-geheim, credentials: hindsight.yaml } }")
        let configuration = try folder.load()
        #expect(configuration.entry("billing.gateway.webhookSecret")?.value == .text("\(folder.path)/whsec-geheim"))
        #expect(configuration.entry("billing.gateway.webhookSecret")?.shown == .text("(names no file, so it is not shown)"))
        #expect(configuration.entry("billing.gateway.credentials")?.shown == .text(folder.file))
        #expect(configuration.entry("auth.keys")?.shown == nil)
    }

    @Test("A secret in a wrong place of a file is in no message") func misplacedSecret() throws {
        let sections = "audience: { zeppelin: { credentials: { password: geheim } } }\nattestation: { key: [geheim] }"
        let yaml = "\(sections)\nauth: [geheim]\nlisten: geheim"
        let problems = try ConfigurationFolder(yaml).problems()
        #expect(problems.count == 4)
        #expect(!problems.contains { $0.contains("geheim") })
    }
}
