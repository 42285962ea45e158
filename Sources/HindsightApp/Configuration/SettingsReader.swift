/// Gathers settings from where they stand, and everything that is wrong with them.
///
/// Each place read goes before the ones read until then. A wrong value is a problem even if another place overrules it.
struct SettingsReader {
    private(set) var problems: [String] = []
    private var found: [String: Found] = [:]

    private struct Found {
        /// `nil` if it is wrong, which is among the problems.
        let value: Setting.Value?
        let source: Configuration.Source
    }

    mutating func read(environment: [String: String]) {
        for setting in Setting.all {
            guard let text = environment[setting.variable] else { continue }
            take(setting, from: .environment(setting.variable)) { () throws(SettingFault) in try setting.value(of: text) }
        }
        let known = Set(Setting.all.map(\.variable) + [Configuration.fileVariable])
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) {
            guard name.hasPrefix(Setting.variablePrefix), !known.contains(name), !Self.isSetByOthers(name, value) else { continue }
            refuseUnknown(name, in: nil, among: known.sorted(), without: Setting.variablePrefix)
        }
    }

    /// - Parameter flags: In their order; of two for the same key the later one counts.
    mutating func read(flags: [(key: String, value: String)]) {
        for (key, text) in flags {
            guard let setting = Setting.byKey[key] else {
                refuseUnknown(key, in: .flag, among: Setting.all.map(\.key))
                continue
            }
            take(setting, from: .flag) { () throws(SettingFault) in try setting.value(of: text) }
        }
    }

    mutating func take(_ setting: Setting, from source: Configuration.Source, _ value: () throws(SettingFault) -> Setting.Value) {
        do {
            found[setting.key] = Found(value: try value(), source: source)
        } catch {
            found[setting.key] = Found(value: nil, source: source)
            refuse("\(setting.key) (\(source)): \(error.reason)")
        }
    }

    mutating func refuse(_ problem: String) { problems.append(problem) }

    mutating func refuseUnknown(_ name: String, in source: Configuration.Source?, among known: [String], without prefix: String = "") {
        let nearest = NearestName.find(name, among: known, without: prefix)
        refuse("\(name)\(source.map { " (\($0))" } ?? ""): is no setting; the nearest one is \(nearest)")
    }

    /// Refuses one of a pair without the other.
    mutating func require(_ keys: (String, String)) {
        for (one, other) in [keys, (keys.1, keys.0)] {
            if let found = found[one], self.found[other] == nil { refuse("\(one) (\(found.source)): needs \(other) beside it") }
        }
    }

    /// Refuses two that stand for the same.
    mutating func refuse(both one: String, and other: String) {
        guard let first = found[one], let second = found[other] else { return }
        refuse("\(other) (\(second.source)): stands beside \(one) (\(first.source)): name one of them")
    }

    /// The text that a key has been given until now.
    func text(_ key: String) -> String? { found[key]?.value?.description }

    /// Where the key has been found until now.
    func source(of key: String) -> Configuration.Source? { found[key]?.source }

    var entries: [Configuration.Entry] {
        Setting.all.map { setting in
            let found = found[setting.key] ?? Found(value: setting.fallback, source: .fallback)
            return Configuration.Entry(key: setting.key, value: found.value, source: found.source, isSecret: setting.isSecret)
        }
    }

    /// What notebooks are given by their runner, and containers by Kubernetes about a service whose name begins with hindsight
    /// (kubernetes.io/docs/concepts/services-networking/service, "Environment variables").
    private static func isSetByOthers(_ name: String, _ value: String) -> Bool {
        ["HINDSIGHT_SHARED_DIRECTORY", "HINDSIGHT_DATABASE"].contains(name) || name.hasSuffix("_SERVICE_HOST")
            || name.contains("_SERVICE_PORT") || name.contains("_PORT_") || name.hasSuffix("_PORT") && value.contains("://")
    }
}
