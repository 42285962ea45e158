import AudienceJobs
import Foundation

/// What is wrong with a value or a file; never with the value itself, which may be a secret in the wrong place.
struct SettingFault: Error, Equatable {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

extension Setting {
    /// The value that a text stands for.
    ///
    /// - Parameters:
    ///   - text: Items of a list are separated by commas.
    ///   - folder: What a relative path is relative to, with a slash at its end; empty for the working directory.
    func value(of text: String, in folder: String = "") throws(SettingFault) -> Value {
        try Self.check(text)
        switch kind {
        case .text: return .text(text)
        case .path: return .text(try path(text, in: folder))
        case .profile: return .text(text.contains("/") || text.contains(".") ? try path(text, in: folder) : text)
        case .noteFolder:
            guard text.hasPrefix("/"), TemplateDefinition.staysInside(String(text.dropFirst())), !text.contains("..") else {
                throw SettingFault(expectation)
            }
            return .text(text)
        case .address:
            guard let address = ListenAddress(text) else { throw SettingFault(expectation) }
            return .address(address)
        case .url: return .text(try url(text))
        case .texts:
            return try list(text.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) })
        case .whole(let range):
            guard let number = Int(text), range.contains(number) else { throw SettingFault(expectation) }
            return .whole(number)
        case .seconds:
            guard text.utf8.allSatisfy({ (48...57).contains($0) || $0 == UInt8(ascii: ".") }), let seconds = Double(text),
                (0.001...31_536_000).contains(seconds)
            else { throw SettingFault(expectation) }
            return .milliseconds(Int((seconds * 1_000).rounded()))
        case .choice(let words):
            guard words.contains(text) else { throw SettingFault(expectation) }
            return .text(text)
        case .variable:
            // In capitals only: a secret in the wrong place would be shown.
            guard text.wholeMatch(of: /[A-Z_][A-Z0-9_]*/) != nil else { throw SettingFault(expectation) }
            return .text(text)
        case .mailAddress: return .text(try Self.mailAddress(text))
        case .entries: throw SettingFault("stands in a configuration file only")
        }
    }

    /// The value of a setting that takes a list.
    func list(_ items: [String]) throws(SettingFault) -> Value {
        guard !items.isEmpty else { throw SettingFault("is an empty list: name one item at least, or leave it out") }
        for item in items { try Self.check(item) }
        return .texts(items)
    }

    /// What it takes, as the end of a sentence.
    var expectation: String { Self.expectation(of: kind) }

    private static func expectation(of kind: Kind) -> String {
        switch kind {
        case .text: "must be a text"
        case .path: "must be the path of a file or folder"
        case .profile: "must be the name of a profile, or the path of its file"
        case .noteFolder: "must be a folder of notes like /hindsight, without . and .. in it"
        case .address: "must be host:port like 127.0.0.1:8080, or [::1]:8080"
        case .url: "must be an address like http://127.0.0.1:8890, without ? and #"
        case .texts: "must be a list of texts"
        case .whole(let range): "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .seconds: "must be a number of seconds from 0.001 to 31536000"
        case .variable: "must be the name of an environment variable, in capitals, and not the secret"
        case .mailAddress: "must be an address like name@example.com, in ASCII"
        case .entries(.mailAddress): "must be a mapping of names and addresses"
        case .entries(.threshold): "must be a mapping of ids of alerts and numbers"
        case .entries(.webhook): "must be a mapping of names, each with url and secret or secretVariable"
        case .choice(let words): "must be \(words.count == 1 ? "" : "one of ")\(words.joined(separator: ", "))"
        }
    }

    private static func check(_ text: String) throws(SettingFault) {
        guard !text.isEmpty else { throw SettingFault("is empty") }
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw SettingFault("holds a control character, or a line break")
        }
    }

    func path(_ text: String, in folder: String) throws(SettingFault) -> String {
        guard !text.contains("://") else {
            guard key == "log" else {
                if case .profile = kind { throw SettingFault(expectation) }
                throw SettingFault(Self.expectation(of: .path))
            }
            throw SettingFault("this version keeps logs in folders only, not yet in PostgreSQL: name a folder")
        }
        guard !text.hasPrefix("~") else { throw SettingFault("~ is not known here: write the whole path") }
        guard !text.hasPrefix("/"), !folder.isEmpty else { return text }
        return folder + (text.hasPrefix("./") ? text.dropFirst(2) : text[...])
    }

    func url(_ text: String) throws(SettingFault) -> String {
        let authority = text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).last?.prefix { !"/?#".contains($0) }
        guard authority?.contains("@") != true else {
            throw SettingFault("credentials belong into \(key.replacing(".url", with: ".credentials")), and not into an address")
        }
        guard text.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\\") }), let parts = URLComponents(string: text),
            parts.scheme == "http" || parts.scheme == "https", parts.host?.isEmpty == false, (1...65_535).contains(parts.port ?? 80),
            parts.query == nil, parts.fragment == nil
        else { throw SettingFault(Self.expectation(of: .url)) }
        return text
    }
}
