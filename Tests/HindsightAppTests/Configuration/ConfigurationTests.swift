import Foundation
import HindsightApp
import PaymentsAdapter
import Testing
import ZeppelinAdapter

@Suite("Configuration") struct ConfigurationTests {
    /// As the contract of HTTP, command line and names prints it.
    private static let contract = """
        log: ./hindsight-data
        listen: 127.0.0.1:8080
        clock: system                    # manual: time stands still until POST /v1/clock {"now":T}; simulations and tests only
        auth: { keys: ./keys.json }
        audience:
          zeppelin: { url: "http://127.0.0.1:8890", credentials: ./zeppelin.json, root: /hindsight }   # credentials: {"userName","password"}
          sharedDirectory: ./audiences
          templates: ./templates         # one file per template
          permissions: { owners: [svc], writers: [analysts], runners: [analysts], readers: [managers] }
          limits: { pendingSeconds: 600, runningSeconds: 7200, pollSeconds: 1, approvalRows: 1000000 }
        mdm: { profile: russian-bank }
        billing:
          gateway: { kind: simulated, url: "http://127.0.0.1:8891", credentials: ./gateway.json, webhookSecret: ./webhook.secret }   \
        # kind: simulated | stripe

        """

    @Test("The file in the contract loads as it is printed there") func contract() throws {
        let folder = try ConfigurationFolder(Self.contract)
        let configuration = try folder.load()
        #expect(configuration.log.folder == "\(folder.path)/hindsight-data")
        #expect(configuration.listen == ListenAddress(host: "127.0.0.1", port: 8080))
        #expect(configuration.clock == .system)
        #expect(configuration.auth.keys == "\(folder.path)/keys.json")
        let audience = configuration.audience
        #expect(audience.zeppelin?.url == "http://127.0.0.1:8890")
        #expect(audience.zeppelin?.credentials == "\(folder.path)/zeppelin.json")
        #expect(audience.root == "/hindsight")
        #expect(audience.sharedDirectory == "\(folder.path)/audiences")
        #expect(audience.templates == "\(folder.path)/templates")
        #expect([audience.permissions.owners, audience.permissions.writers] == [["svc"], ["analysts"]])
        #expect([audience.permissions.runners, audience.permissions.readers] == [["analysts"], ["managers"]])
        #expect([audience.limits.pending, audience.limits.running, audience.limits.poll] == [.seconds(600), .seconds(7_200), .seconds(1)])
        #expect(audience.limits.approvalRows == 1_000_000)
        #expect(configuration.profile == "russian-bank")
        #expect(configuration.gateway?.url == "http://127.0.0.1:8891")
        #expect(configuration.gateway?.credentials == "\(folder.path)/gateway.json")
        #expect(configuration.gateway?.webhookSecret == "\(folder.path)/webhook.secret")
    }

    @Test("Stripe's address is known, and its key is in a file or in the environment", arguments: ["credentials", "credentialsVariable"])
    func stripe(key: String) throws {
        let configuration = try Configuration.load(("billing.gateway.kind", "stripe"), ("billing.gateway.\(key)", "STRIPE_KEY"))
        let gateway = try #require(configuration.gateway)
        #expect(gateway.kind == .stripe && gateway.url == "https://api.stripe.com")
        #expect(gateway.credentials == (key == "credentials" ? "STRIPE_KEY" : nil))
        #expect(gateway.credentialsVariable == (key == "credentials" ? nil : "STRIPE_KEY"))
    }

    @Test("Without anything said, everything has its default") func defaults() throws {
        let configuration = try Configuration.load()
        #expect(configuration.log.folder == "./hindsight-data")
        #expect(configuration.listen.description == "127.0.0.1:8080")
        #expect(configuration.clock == .system)
        #expect([configuration.auth.keys, configuration.auth.issuer, configuration.attestationKey] == [nil, nil, nil])
        #expect(configuration.auth.audience == nil)
        #expect(configuration.tls == nil)
        #expect("\(configuration.logging.level)" == "info")
        #expect(configuration.logging.format == nil)
        #expect(configuration.limits.bodyBytes == 17 << 20)
        #expect(configuration.limits.connections == 15_000)
        let limits = configuration.limits
        #expect([limits.header, limits.body, limits.idle, limits.stop] == [10, 60, 75, 30].map(Duration.seconds))
        #expect(configuration.audience.zeppelin == nil)
        #expect(configuration.audience.permissions.owners == nil)
        #expect(configuration.audience.limits.pending == .seconds(600))
        #expect(configuration.profile == "russian-bank")
        #expect(configuration.gateway == nil)
        #expect(configuration.entries.allSatisfy { $0.source == .fallback })
    }

    @Test("A flag goes before the environment, that before the file, and each value says where it comes from") func precedence() throws {
        let folder = try ConfigurationFolder("listen: one:1\nclock: manual\nlimits: { connections: 1 }\n")
        let configuration = try folder.load(
            flags: [("listen", "three:3")],
            environment: ["HINDSIGHT_LISTEN": "two:2", "HINDSIGHT_LIMITS_CONNECTIONS": "2", "PATH": "/bin"])
        #expect(configuration.listen.description == "three:3")
        #expect(configuration.limits.connections == 2)
        #expect(configuration.clock == .manual)
        let sources = ["listen", "limits.connections", "clock", "log"].map { configuration.entry($0)?.source.description }
        #expect(sources == ["flag", "environment HINDSIGHT_LIMITS_CONNECTIONS", "\(folder.file):2", "default"])
    }

    @Test("Of two flags for the same key the later one counts") func laterFlag() throws {
        #expect(try Configuration.load(("clock", "manual"), ("clock", "system")).clock == .system)
    }

    @Test("HINDSIGHT_CONFIG names the file if no flag does") func fileInEnvironment() throws {
        let folder = try ConfigurationFolder("clock: manual")
        let other = try ConfigurationFolder("clock: system")
        let environment = ["HINDSIGHT_CONFIG": folder.file]
        #expect(try Configuration.load(environment: environment).clock == .manual)
        #expect(try other.load(environment: environment).clock == .system)
        #expect(Configuration.problems(environment: ["HINDSIGHT_CONFIG": ""]) == ["HINDSIGHT_CONFIG: is empty: name a file"])
    }

    @Test("Every setting can be said in the environment, and camel case becomes words") func variables() throws {
        #expect(Setting.byKey["audience.sharedDirectory"]?.variable == "HINDSIGHT_AUDIENCE_SHARED_DIRECTORY")
        #expect(Setting.byKey["log"]?.variable == "HINDSIGHT_LOG")
        #expect(Set(Setting.all.map(\.variable)).count == Setting.all.count)
        let values = try Configuration.load().entries.compactMap { entry in entry.value.map { (entry.key, $0.description) } }
        let environment = Dictionary(uniqueKeysWithValues: try values.map { (try #require(Setting.byKey[$0.0]).variable, $0.1) })
        let again = try Configuration.load(environment: environment)
        #expect(again.entries.compactMap { entry in entry.value.map { "\(entry.key)=\($0)" } } == values.map { "\($0.0)=\($0.1)" })
        #expect(again.entries.filter { $0.source != .fallback }.count == values.count)
    }

    @Test("Lists are separated by commas in the environment and in flags") func lists() throws {
        let configuration = try Configuration.load(
            ("audience.permissions.readers", "managers,analysts"), environment: ["HINDSIGHT_AUTH_AUDIENCE": "hindsight, audit"])
        #expect(configuration.audience.permissions.readers == ["managers", "analysts"])
        #expect(configuration.auth.audience == ["hindsight", "audit"])
    }

    @Test("A relative path in a file is relative to the file, elsewhere to the working directory") func paths() throws {
        let yaml =
            "auth: { keys: /etc/keys.json }\nattestation: { key: ../key.pem }\nmdm: { profile: bank.yaml }\naudience: { templates: a/b }"
        let folder = try ConfigurationFolder(yaml)
        let configuration = try folder.load(
            flags: [("tls.certificate", "./chain.pem")], environment: ["HINDSIGHT_TLS_KEY": "key.pem"])
        #expect(configuration.auth.keys == "/etc/keys.json")
        #expect(configuration.attestationKey == "\(folder.path)/../key.pem")
        #expect(configuration.profile == "\(folder.path)/bank.yaml")
        #expect(configuration.audience.templates == "\(folder.path)/a/b")
        #expect(configuration.tls?.certificate == "./chain.pem")
        #expect(configuration.tls?.key == "key.pem")
    }

    @Test("Seconds may have decimals") func seconds() throws {
        let folder = try ConfigurationFolder("audience: { limits: { pollSeconds: 0.25 } }")
        let configuration = try folder.load(flags: [("limits.idleSeconds", "1.5")])
        #expect(configuration.audience.limits.poll == .milliseconds(250))
        #expect(configuration.limits.idle == .milliseconds(1_500))
        #expect(configuration.entry("limits.idleSeconds")?.value?.description == "1.5")
    }

    @Test("Every level and format of logging is a choice") func logging() throws {
        for level in ["trace", "debug", "info", "notice", "warning", "error", "critical"] {
            #expect(try "\(Configuration.load(("logging.level", level)).logging.level)" == level)
        }
        #expect(try Configuration.load(("logging.format", "json")).logging.format == .json)
        #expect(try Configuration.load(("logging.format", "text")).logging.format == .text)
    }

    @Test("A notebook whose files could never be found is refused with the key") func unusableFolder() async throws {
        let folder = try ConfigurationFolder("audience: { zeppelin: { url: \"http://127.0.0.1:1\" }, sharedDirectory: ./nofolder }")
        let audience = try folder.load().audience
        let problem =
            "audience.sharedDirectory: \(folder.path)/nofolder is no folder that this program can read: make it, or mount it, first"
        #expect(throws: UsageError(problem)) { try audience.makeZeppelinClient() }
        try FileManager.default.createDirectory(atPath: "\(folder.path)/nofolder", withIntermediateDirectories: true)
        try await audience.makeZeppelinClient()?.close()
    }
}
