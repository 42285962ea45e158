/// What the engine reads in the metadata of events, whoever wrote them: a value of another kind than its own counts as absent.
struct Attribution: JSONReadable {
    let actor: String?
    let correlationID: String?

    init(_ metadata: JSONText) throws { self = try metadata.bytes.withUnsafeBytes { try JSON.read(Attribution.self, from: $0) } }

    init(reading members: inout MemberReader) throws {
        actor = try Self.string("actor", &members)
        correlationID = try Self.string("correlationId", &members)
    }

    private static func string(_ name: StaticString, _ members: inout MemberReader) throws -> String? {
        try members.findIfPresent(name) ? members.read { try $0.readValue() }.stringValue : nil
    }
}
