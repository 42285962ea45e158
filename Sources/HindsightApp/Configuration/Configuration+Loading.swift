import PaymentsAdapter

extension Configuration {
    package static let fileVariable = "HINDSIGHT_CONFIG"

    /// Reads the settings: flags go before the environment, that before the file, and that before the defaults.
    ///
    /// - Parameters:
    ///   - flags: Dotted keys and what they are set to, in their order; of two for the same key the later one counts.
    ///   - file: The YAML file; if it is `nil`, `HINDSIGHT_CONFIG` may name one.
    /// - Throws: ``ConfigurationError`` with everything that is wrong, and no value of any setting.
    package static func load(flags: [(key: String, value: String)], file: String?, environment: [String: String])
        throws(ConfigurationError) -> Configuration
    {
        var reader = SettingsReader()
        if let path = file ?? environment[fileVariable] {
            if path.isEmpty {
                reader.refuse("\(file == nil ? fileVariable : "--config"): is empty: name a file")
            } else {
                reader.read(file: path)
            }
        }
        reader.read(environment: environment)
        reader.read(flags: flags)
        reader.require(("tls.certificate", "tls.key"))
        reader.require(("audience.notices.mail.server", "audience.notices.mail.from"))
        reader.require(("audience.notices.mail.server", "audience.notices.mail.recipients"))
        reader.refuse(both: "billing.gateway.credentials", and: "billing.gateway.credentialsVariable")
        if reader.text("billing.gateway.kind") == PaymentGatewayKind.stripe.rawValue,
            reader.source(of: "billing.gateway.credentials") == nil, reader.source(of: "billing.gateway.credentialsVariable") == nil
        {
            reader.refuse("billing.gateway.kind: \(GatewayError.noSecretKey)")
        }
        guard reader.problems.isEmpty else { throw ConfigurationError(problems: reader.problems) }
        do {
            return try Configuration(reader.entries)
        } catch {
            throw ConfigurationError(problems: ["log: \(error)"])
        }
    }

    private init(_ entries: [Entry]) throws(UsageError) {
        let values = Values(entries)
        self.entries = entries
        log = try LogLocation(flag: values.text("log"), environment: [:])
        work = Work(lease: values.duration("work.leaseSeconds"))
        listen = values.listenAddress
        clock = values.choice("clock")
        auth = Auth(keys: values["auth.keys"], issuer: values["auth.issuer"], audience: values.list("auth.audience"))
        tls = values["tls.certificate"].map { TLS(certificate: $0, key: values.text("tls.key")) }
        attestationKey = values["attestation.key"]
        logging = Logging(
            level: values.choice("logging.level"), format: values["logging.format"].map { _ in values.choice("logging.format") })
        limits = Limits(
            bodyBytes: values.whole("limits.bodyBytes"), connections: values.whole("limits.connections"),
            header: values.duration("limits.headerSeconds"), body: values.duration("limits.bodySeconds"),
            idle: values.duration("limits.idleSeconds"), stop: values.duration("limits.stopSeconds"))
        audience = Audience(
            zeppelin: values["audience.zeppelin.url"].map {
                Audience.Zeppelin(url: $0, credentials: values["audience.zeppelin.credentials"])
            },
            root: values.text("audience.zeppelin.root"), sharedDirectory: values["audience.sharedDirectory"],
            templates: values["audience.templates"],
            permissions: Audience.Permissions(
                owners: values.list("audience.permissions.owners"), writers: values.list("audience.permissions.writers"),
                runners: values.list("audience.permissions.runners"), readers: values.list("audience.permissions.readers")),
            limits: Audience.Limits(
                pending: values.duration("audience.limits.pendingSeconds"), running: values.duration("audience.limits.runningSeconds"),
                poll: values.duration("audience.limits.pollSeconds"), approvalRows: values.whole("audience.limits.approvalRows")),
            notices: Self.notices(values))
        let thresholds = values.entries("billing.alerts").compactMapValues { $0["threshold"].flatMap(Double.init) }
        profile = values.text("mdm.profile")
        blindReviews = values.whole("mdm.blindReviews")
        alertRules = BillingAlertRule.standard.map { rule in
            guard let threshold = thresholds[rule.id] else { return rule }
            return rule.with(threshold: threshold)
        }
        let kind: PaymentGatewayKind = values.choice("billing.gateway.kind")
        gateway = (values["billing.gateway.url"] ?? kind.usualURL).map {
            Gateway(
                kind: kind, url: $0, credentials: values["billing.gateway.credentials"],
                credentialsVariable: values["billing.gateway.credentialsVariable"],
                webhookSecret: values["billing.gateway.webhookSecret"])
        }
    }
}

extension Configuration {
    private static func notices(_ values: Values) -> Audience.Notices {
        let mail = values.address("audience.notices.mail.server").map { server in
            Audience.Notices.Mail(
                server: server, security: values.choice("audience.notices.mail.tls"),
                trustRoots: values["audience.notices.mail.trustRoots"],
                credentials: values["audience.notices.mail.credentials"], from: values.text("audience.notices.mail.from"),
                recipients: values.entries("audience.notices.mail.recipients").compactMapValues { $0["address"] })
        }
        let webhooks = values.entries("audience.notices.webhooks").mapValues { members in
            let secret: Audience.Notices.Webhook.Secret? =
                members["secret"].map { .file($0) } ?? members["secretVariable"].map { .environment(variable: $0) }
            guard let url = members["url"], let secret else { preconditionFailure("an entry without url or secret was taken") }
            return Audience.Notices.Webhook(url: url, secret: secret)
        }
        return Audience.Notices(webhooks: webhooks, mail: mail)
    }
}

/// Settings that cannot be: everything that is wrong, a line each. Exit code 2.
package struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    package let problems: [String]

    package var description: String { problems.joined(separator: "\n") }
}

/// The checked values by key. Asking for one that the table doesn't have, or has otherwise, is a bug that every load shows.
private struct Values {
    private let values: [String: Setting.Value?]

    init(_ entries: [Configuration.Entry]) { values = Dictionary(uniqueKeysWithValues: entries.map { ($0.key, $0.value) }) }

    private func find(_ key: String) -> Setting.Value? {
        guard let value = values[key] else { preconditionFailure("there is no setting \(key)") }
        return value
    }

    subscript(_ key: String) -> String? { find(key).map { _ in text(key) } }

    func text(_ key: String) -> String {
        guard case .text(let text) = find(key) else { preconditionFailure("\(key) is no text") }
        return text
    }

    func list(_ key: String) -> [String]? {
        guard let value = find(key) else { return nil }
        guard case .texts(let items) = value else { preconditionFailure("\(key) is no list") }
        return items
    }

    func whole(_ key: String) -> Int {
        guard case .whole(let number) = find(key) else { preconditionFailure("\(key) is no whole number") }
        return number
    }

    func duration(_ key: String) -> Duration {
        guard case .milliseconds(let number) = find(key) else { preconditionFailure("\(key) is no duration") }
        return .milliseconds(number)
    }

    func choice<Choice: RawRepresentable<String>>(_ key: String) -> Choice {
        guard let choice = Choice(rawValue: text(key)) else { preconditionFailure("\(key) has a choice that its type lacks") }
        return choice
    }

    var listenAddress: ListenAddress {
        guard let address = address("listen") else { preconditionFailure("listen has a default") }
        return address
    }

    func address(_ key: String) -> ListenAddress? {
        guard let value = find(key) else { return nil }
        guard case .address(let address) = value else { preconditionFailure("\(key) is no address") }
        return address
    }

    /// None where the setting is not there.
    func entries(_ key: String) -> [String: [String: String]] {
        guard let value = find(key) else { return [:] }
        guard case .entries(let entries) = value else { preconditionFailure("\(key) has no entries") }
        return entries
    }
}
