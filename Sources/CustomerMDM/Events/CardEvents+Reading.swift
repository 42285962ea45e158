package import HindsightCore

// What the sources state day by day, read without Codable. In the order in which it is stored, which is the fastest.

extension CardReceived: JSONReadable {
    package init(reading members: inout MemberReader) throws {
        card = try members.string("card", as: CardID.init)
        golden = try members.string("golden", as: GoldenID.init)
        matching = try members.choice("matching")
        occurredAt = try members.optionalTimestamp("occurredAt")
        revision = try members.integer("revision")
        values = try members.strings("values")
    }
}

extension CardChanged: JSONReadable {
    package init(reading members: inout MemberReader) throws {
        card = try members.string("card", as: CardID.init)
        changes = try members.objects("changes")
        golden = try members.string("golden", as: GoldenID.init)
        matching = try members.choice("matching")
        occurredAt = try members.optionalTimestamp("occurredAt")
        revision = try members.integer("revision")
    }
}

extension AttributeChange: JSONReadable {
    package init(reading members: inout MemberReader) throws {
        attribute = try members.string("attribute")
        from = try members.optionalString("from")
        to = try members.optionalString("to")
    }
}
