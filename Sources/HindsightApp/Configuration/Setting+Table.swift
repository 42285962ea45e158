import Logging
import MailAdapter
import PaymentsAdapter

extension Setting {
    /// Every setting there is, in the order in which people are shown them.
    package static let all: [Setting] = [
        Setting("log", .path, "The folder of the log.", fallback: .text("./hindsight-data")),
        Setting(
            "listen", .address, "Where the server listens; port 0 is any free one.",
            fallback: .address(ListenAddress(host: "127.0.0.1", port: 8080))),
        Setting(
            "clock", .choice(Configuration.Clock.allCases.map(\.rawValue)),
            "manual: time stands still until it is set; for simulations and tests.", fallback: .text("system")),
        Setting(
            "work.leaseSeconds", .seconds, "How long it takes until the sagas of a process that ended are taken over.",
            fallback: .seconds(10)),
        Setting("auth.keys", .path, "The key set that bearer tokens are checked with.", isSecret: true),
        Setting("auth.issuer", .text, "The issuer that tokens must name."),
        Setting("auth.audience", .texts, "Audiences of which tokens must name one."),
        Setting("tls.certificate", .path, "The certificate chain as PEM; goes with tls.key."),
        Setting("tls.key", .path, "The private key of the certificate as PEM.", isSecret: true),
        Setting("attestation.key", .path, "The Ed25519 private key that attestations are signed with.", isSecret: true),
        Setting("logging.level", .choice(Logger.Level.allCases.map(\.rawValue)), "The least that is logged.", fallback: .text("info")),
        Setting(
            "logging.format", .choice(Configuration.Logging.Format.allCases.map(\.rawValue)),
            "How the server's own messages are written: by default as text on a terminal, else as JSON."),
        Setting("limits.bodyBytes", .whole(1_024...1_073_741_824), "The biggest body of a request.", fallback: .whole(17_825_792)),
        Setting("limits.connections", .whole(1...1_000_000), "Connections at once.", fallback: .whole(15_000)),
        Setting("limits.headerSeconds", .seconds, "How long the head of a request may take to arrive.", fallback: .seconds(10)),
        Setting("limits.bodySeconds", .seconds, "How long the server waits for a body.", fallback: .seconds(60)),
        Setting("limits.idleSeconds", .seconds, "How long a connection may say nothing between requests.", fallback: .seconds(75)),
        Setting(
            "limits.stopSeconds", .seconds, "How long requests under way may go on when the server stops.", fallback: .seconds(30)),
        Setting("audience.zeppelin.url", .url, "The address of Apache Zeppelin."),
        Setting("audience.zeppelin.credentials", .path, #"A JSON file {"userName","password"} for Zeppelin."#, isSecret: true),
        Setting("audience.zeppelin.root", .noteFolder, "The folder of notes that jobs are cloned into.", fallback: .text("/hindsight")),
        Setting("audience.sharedDirectory", .path, "The folder where notebooks leave their files."),
        Setting("audience.templates", .path, "The folder of the templates, one file each."),
        Setting("audience.permissions.owners", .texts, "Who owns the cloned notes, beside the engine's own user."),
        Setting("audience.permissions.writers", .texts, "Who may change them."),
        Setting("audience.permissions.runners", .texts, "Who may run them."),
        Setting("audience.permissions.readers", .texts, "Who may read them."),
        Setting("audience.limits.pendingSeconds", .seconds, "How long a paragraph may wait to start.", fallback: .seconds(600)),
        Setting("audience.limits.runningSeconds", .seconds, "How long a paragraph may run.", fallback: .seconds(7_200)),
        Setting("audience.limits.pollSeconds", .seconds, "How often a running note is looked at.", fallback: .seconds(1)),
        Setting(
            "audience.limits.approvalRows", .whole(0...1_000_000_000_000), "Audiences with more rows need an approval.",
            fallback: .whole(1_000_000)),
        Setting(
            "audience.notices.webhooks", .entries(.webhook),
            "Names that forms use for addresses of programs: url, and secret, a file, or secretVariable: what requests are signed with."),
        Setting("audience.notices.mail.server", .address, "The mail server that takes notices in, like mail.example.com:587."),
        Setting(
            "audience.notices.mail.tls", .choice(MailServer.Security.allCases.map(\.rawValue)),
            "How the connection to it is secured: from the start (implicit), by STARTTLS, or not at all.", fallback: .text("starttls")),
        Setting("audience.notices.mail.trustRoots", .path, "A PEM file of the certificates that are trusted, in place of the machine's."),
        Setting(
            "audience.notices.mail.credentials", .path, #"A JSON file {"userName","password"} for the mail server."#, isSecret: true),
        Setting("audience.notices.mail.from", .mailAddress, "Who the notices are from."),
        Setting("audience.notices.mail.recipients", .entries(.mailAddress), "Names that forms use for addresses of people."),
        Setting(
            "mdm.profile", .profile, "The profile of customer cards: a shipped one's name, or a YAML file.", fallback: .text("russian-bank")
        ),
        Setting(
            "mdm.blindReviews", .whole(1...9),
            "How many stewards have to agree on a review, each without seeing the score or another's answer; 1 lets one decide.",
            fallback: .whole(1)),
        Setting(
            "billing.gateway.kind", .choice(PaymentGatewayKind.allCases.map(\.rawValue)), "Which protocol the payment gateway speaks.",
            fallback: .text("simulated")),
        Setting("billing.gateway.url", .url, "The address of the payment gateway; Stripe's is known."),
        Setting(
            "billing.gateway.credentials", .path, #"A JSON file {"token"}: the gateway's bearer token, or Stripe's secret key."#,
            isSecret: true),
        Setting("billing.gateway.credentialsVariable", .variable, "The environment variable that holds the token, in place of the file."),
        Setting("billing.gateway.webhookSecret", .path, "A file with the secret that the gateway signs its webhooks with.", isSecret: true),
        Setting(
            "billing.alerts", .entries(.threshold),
            "Thresholds by the ids of alerts, like coverage-low: 0.3, in place of the usual ones; shares are 0 to 1, ages are seconds."),
    ]

    package static let byKey = Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0) })

    /// What settings stand below in a file: `audience`, `audience.limits`.
    static let sections: Set<String> = all.reduce(into: []) { sections, setting in
        let names = setting.key.split(separator: ".")
        for count in names.indices.dropFirst() { sections.insert(names.prefix(count).joined(separator: ".")) }
    }
}
