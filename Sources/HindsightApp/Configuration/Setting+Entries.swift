import MailAdapter
import Yams

extension Setting {
    /// Entries under names of somebody's own choice, as only a file can hold them.
    package enum EntryShape: Sendable {
        /// A name, and the address that it stands for.
        case mailAddress
        /// A name, and a mapping of `url` and `secret`, or `url` and `secretVariable`.
        case webhook
        /// The id of an alert of billing, and a number within its figure's range.
        case threshold
    }

    /// - Throws: ``SettingFault`` that names the entry, and never with an address.
    func entries(_ mapping: Node.Mapping, _ shape: EntryShape, in folder: String) throws(SettingFault) -> Value {
        var entries: [String: [String: String]] = [:]
        for (key, node) in mapping {
            guard case .scalar(let name) = key, Self.isEntryName(name.string) else {
                throw SettingFault("holds a name that is not 1 to 64 of a-z, 0-9, _ and -")
            }
            entries[name.string] = try entry(name.string, node, shape, in: folder)
        }
        guard !entries.isEmpty else { throw SettingFault("is empty: name one entry at least, or leave it out") }
        return .entries(entries)
    }

    private func entry(_ name: String, _ node: Node, _ shape: EntryShape, in folder: String) throws(SettingFault) -> [String: String] {
        switch shape {
        case .threshold: return ["threshold": try Self.threshold(name, node)]
        case .mailAddress:
            guard case .scalar(let scalar) = node else { throw SettingFault("\(name): must be an address like name@example.com") }
            return ["address": try Self.mailAddress(scalar.string, prefix: "\(name): ")]
        case .webhook:
            guard case .mapping(let members) = node else { throw SettingFault("\(name): must be a mapping of url and secret") }
            var found: [String: String] = [:]
            for (key, value) in members {
                guard case .scalar(let member) = key, case .scalar(let text) = value, !text.string.isEmpty else {
                    throw SettingFault("\(name): must be a mapping of url and secret")
                }
                do throws(SettingFault) {
                    switch member.string {
                    case "url": found["url"] = try url(text.string)
                    case "secret": found["secret"] = try path(text.string, in: folder)
                    case "secretVariable": found["secretVariable"] = try Self.variable(text.string)
                    default: throw SettingFault("is no member: there are url, secret and secretVariable")
                    }
                } catch {
                    throw SettingFault("\(name).\(member.string): \(error.reason)")
                }
            }
            guard found["url"] != nil else { throw SettingFault("\(name).url: is missing: name the address that is told") }
            switch (found["secret"], found["secretVariable"]) {
            case (nil, nil):
                throw SettingFault("\(name).secret: is missing: name the file of the secret, or its variable as secretVariable")
            case (_?, _?): throw SettingFault("\(name).secretVariable: stands beside secret: one secret signs, so name one of them")
            default: return found
            }
        }
    }

    private static func threshold(_ id: String, _ node: Node) throws(SettingFault) -> String {
        guard let rule = BillingAlertRule.standard.first(where: { $0.id == id }) else {
            let known = BillingAlertRule.standard.map(\.id)
            throw SettingFault(
                "\(id): is no alert; the nearest one is \(NearestName.find(id, among: known)), and there are \(known.joined(separator: ", "))"
            )
        }
        let range = rule.figure.range
        guard case .scalar(let scalar) = node, scalar.style == .plain, scalar.string.wholeMatch(of: /-?[0-9]+(\.[0-9]+)?/) != nil,
            let number = Double(scalar.string), range.contains(number)
        else {
            throw SettingFault(
                "\(id): must be a number from \(plain(range.lowerBound)) to \(plain(range.upperBound)), without quotes: "
                    + "\(rule.figure.rawValue) is told in \(rule.figure.unit.word)")
        }
        return scalar.string
    }

    private static func plain(_ number: Double) -> String { number == number.rounded() ? String(Int(number)) : String(number) }

    /// The names that forms use: see `notify`.
    private static func isEntryName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
            }
    }

    private static func variable(_ name: String) throws(SettingFault) -> String {
        guard name.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil else {
            throw SettingFault("must be the name of an environment variable, and not the secret")
        }
        return name
    }

    static func mailAddress(_ text: String, prefix: String = "") throws(SettingFault) -> String {
        do {
            _ = try MailAddress(text)
        } catch {
            throw SettingFault("\(prefix)must be an address like name@example.com, in ASCII")
        }
        return text
    }
}
