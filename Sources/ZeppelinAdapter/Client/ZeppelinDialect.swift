import HindsightCore

/// Where versions of Zeppelin's REST contract differ, as far as it matters here. What all of them share stands in the client.
///
/// The name comes from `GET /version`; every answer is then held against the dialect's shape, so that a server that is not what it says
/// is not misread.
///
/// Source: the public source of apache/zeppelin at tags v0.8.2, v0.10.1, v0.11.2, v0.12.0 and v0.12.1 (read 2026-11).
package enum ZeppelinDialect: Sendable, Equatable {
    /// Names are whole paths without a leading `/`, and not unique; a note's status is a bare array.
    case v08
    /// 0.9 and 0.10: paths, one note each, that only a list of all notes finds.
    case v09
    /// 0.11 and 0.12, and what comes after them: a note can be asked for by its path.
    ///
    /// 0.12.1 took `notePath` for `name` as a clone's place and hides the reasons of errors; who sends both keys and looks up after an
    /// error sees no difference.
    case since011

    package init(version: String) throws(ZeppelinError) {
        let numbers = version.prefix { $0 != "-" }.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count >= 2, numbers[0] == 0, let minor = numbers[1] else { throw .unsupportedVersion(version) }
        switch minor {
        case 8: self = .v08
        case 9, 10: self = .v09
        case 11...: self = .since011
        default: throw .unsupportedVersion(version)
        }
    }

    var hasUniquePaths: Bool { self != .v08 }

    /// The body that names a new note's place: 0.12.1 reads `notePath` and ignores `name`, older ones the other way round.
    static func place(_ path: String) -> JSONValue { ["name": .string(path), "notePath": .string(path)] }

    /// A note's whole path with its leading `/`; `nil` for a note, or an entry of the list, in the shape of another version.
    func path(of note: JSONValue) -> String? {
        switch self {
        case .v08:
            guard note["path"] == nil, let name = note["name"]?.stringValue else { return nil }
            return name.hasPrefix("/") ? name : "/" + name
        case .v09, .since011: return note["path"]?.stringValue
        }
    }

    /// The paragraphs' statuses out of a note's status; `nil` for the shape of another version.
    func statuses(in body: JSONValue) -> [JSONValue]? {
        switch self {
        case .v08: body.arrayValue
        case .v09, .since011: body["paragraphs"]?.arrayValue
        }
    }
}
