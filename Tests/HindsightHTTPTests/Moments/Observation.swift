import NIOHTTP1

/// What the API said once, as a client has written it down.
struct Observation: Sendable {
    let path: String
    let status: Int
    /// As of which position.
    let position: String
    let bytes: [UInt8]

    init(_ path: String, _ answer: ServerProcess.Answer) throws {
        guard let position = answer["Hindsight-Position"] else {
            throw ServerProcess.Failure(description: "\(path) was answered without a position: \(answer.status) \(answer.text)")
        }
        (self.path, self.position, status, bytes) = (path, position, answer.status, answer.bytes)
    }

    /// The same question as of then.
    var pathThen: String { "\(path)\(path.contains("?") ? "&" : "?")at=position:\(position)" }

    /// What is different in a later answer; `nil` if it is the same, byte for byte.
    func difference(from answer: ServerProcess.Answer) -> String? {
        if answer.status != status { return "\(status) became \(answer.status): \(answer.text.prefix(300))" }
        if answer["Hindsight-Position"] != position { return "the position became \(answer["Hindsight-Position"] ?? "none")" }
        guard answer.bytes != bytes else { return nil }
        let same = zip(bytes, answer.bytes).prefix { $0 == $1 }.count
        func part(_ bytes: [UInt8]) -> String { String(decoding: bytes.dropFirst(max(0, same - 120)).prefix(240), as: UTF8.self) }
        return "\(part(bytes)) became \(part(answer.bytes))"
    }
}
