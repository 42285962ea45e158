import HindsightCore

/// Where versions of Zeppelin's REST contract differ. What all of them share stands in the client.
///
/// Source: the public source of apache/zeppelin at tag v0.12.1 (read 2026-11). An older version is a further case here.
enum ZeppelinDialect: Sendable, Equatable {
    /// 0.12.1 and later patches: a clone's place is called `notePath`, errors don't tell their reason.
    case since0121

    init(version: String) throws(ZeppelinError) {
        let numbers = version.split(separator: "-")[...].first?.split(separator: ".").compactMap { Int($0) } ?? []
        guard numbers.count >= 3, numbers[0] == 0, numbers[1] == 12, numbers[2] >= 1 else { throw .unsupportedVersion(version) }
        self = .since0121
    }

    /// Both keys: 0.12.1 reads `notePath` and ignores `name`, older ones the other way round.
    func cloneBody(path: String) -> JSONValue { ["name": .string(path), "notePath": .string(path)] }

    /// The request that finds a note by its exact path.
    func lookUp(path: String) -> (path: String, body: JSONValue) { ("/notebook/getByPath", ["notePath": .string(path)]) }

    /// The paragraphs' statuses out of a note's status.
    func statuses(in body: JSONValue) -> [JSONValue]? { body["paragraphs"]?.arrayValue }
}
