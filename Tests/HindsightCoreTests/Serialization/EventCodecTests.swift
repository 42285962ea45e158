import HindsightCore
import Testing

private struct Opened: EventPayload {
    static let type: EventType = "shop.opened"
    var shop: String
}

private struct Closed: EventPayload {
    static let type: EventType = "shop.closed"
    static let schemaVersion = 3
    var amountMinor: Int64
}

/// Of the same length as `shop.opened`; can be read in one way only.
private struct Moved: EventPayload, JSONReadable {
    static let type: EventType = "shop.moving"
    let street: String

    init(street: String) { self.street = street }

    init(from decoder: any Decoder) throws { throw EventLogError.invalid(field: "street", reason: "must not be read by Codable") }

    init(reading members: inout MemberReader) throws { street = try members.string("street") }
}

private enum ShopEvent: DomainEvent {
    case opened(Opened)
    case closed(Closed)
    case moved(Moved)

    static let codec = EventCodec<ShopEvent>(
        [.kind(ShopEvent.opened), .kind(ShopEvent.closed), .kind(ShopEvent.moved)],
        upcasters: [
            Upcaster(Closed.type, from: 2) { data in
                switch data["amount"] {
                case .integer(let amount): ["amountMinor": .integer(amount * 100)]
                case .number(let amount): ["amountMinor": .number(amount * 100)]
                case let other: ["amountMinor": other ?? .null]
                }
            },
            Upcaster(Closed.type, from: 1) { ["amount": $0["total"] ?? .null] },
        ])

    var payload: any EventPayload {
        switch self {
        case .opened(let payload): payload
        case .closed(let payload): payload
        case .moved(let payload): payload
        }
    }
}

@Suite("Event codec") struct EventCodecTests {
    private func read(_ type: EventType, _ version: Int, _ text: String) throws -> ShopEvent {
        let kind = try #require(ShopEvent.codec.kind(for: type))
        return try Array(text.utf8).withUnsafeBytes { try kind.decode($0, schemaVersion: version) }
    }

    @Test("A kind that was looked up once reads events from borrowed bytes") func readsBorrowedBytes() throws {
        #expect(try read("shop.opened", 1, #"{"shop":"a"}"#) == .opened(Opened(shop: "a")))
        #expect(try read("shop.closed", 3, #"{"amountMinor":5}"#) == .closed(Closed(amountMinor: 5)))
    }

    @Test("Older versions reach it through their upcasters, one after another") func upcasts() throws {
        #expect(try read("shop.closed", 1, #"{"total":2}"#) == .closed(Closed(amountMinor: 200)))
        #expect(try read("shop.closed", 2, #"{"amount":2.0}"#) == .closed(Closed(amountMinor: 200)))
        #expect(ShopEvent.codec.readableVersions(of: Closed.type) == 1...3)
        #expect(ShopEvent.codec.readableVersions(of: Opened.type) == 1...1)
    }

    @Test("A payload that reads its members is never read by Codable") func prefersReading() throws {
        #expect(try read("shop.moving", 1, #"{"street":"b"}"#) == .moved(Moved(street: "b")))
        #expect(
            try ShopEvent.codec.decode(JSONText(object: #"{"street":"b"}"#), type: "shop.moving", schemaVersion: 1)
                == .moved(Moved(street: "b")))
    }

    @Test("Names outside the set have no kind", arguments: ["shop.close", "shop.closer", "shop.", "x", "bakery.opened"])
    func knowsNoOthers(name: String) throws {
        let type = try EventType(name)
        #expect(ShopEvent.codec.kind(for: type)?.type == nil)
        #expect(ShopEvent.codec.readableVersions(of: type) == nil)
    }

    @Test(
        "What can't be read says where and why",
        arguments: [
            (3, #"{"amountMinor":"5"}"#, "/data/amountMinor", "must be a whole number"), (3, "{}", "/data/amountMinor", "is missing"),
            (3, #"{"amountMinor":5"#, "/data", "is malformed"), (1, "[", "/data", "is malformed"),
            (4, "{}", "/schemaVersion", "version 4 is newer than 3, the newest that is known"),
            (0, "{}", "/schemaVersion", "version 0 is older than 1, the oldest that is still read"),
            (1, #"{"total":0.001}"#, "/data/amountMinor", "is malformed, once brought from version 1 to 3"),
            (2, #"{"amounts":1}"#, "/data/amountMinor", "must not be null, once brought from version 2 to 3"),
        ])
    func explains(version: Int, text: String, pointer: String, reason: String) throws {
        #expect {
            try read("shop.closed", version, text)
        } throws: { error in
            guard let error = error as? UnreadableEvent else { return false }
            return error.type == Closed.type && error.pointer == pointer && error.reason == reason && error.position == nil
        }
    }

    @Test("Support of the oldest versions may end: what is older than the first upcaster is refused") func endsSupport() throws {
        let codec = EventCodec<ShopEvent>(
            [.kind(ShopEvent.closed)], upcasters: [Upcaster(Closed.type, from: 2) { _ in ["amountMinor": 7] }])
        #expect(codec.readableVersions(of: Closed.type) == 2...3)
        #expect(try codec.decode(.empty, type: Closed.type, schemaVersion: 2) == .closed(Closed(amountMinor: 7)))
        #expect(throws: UnreadableEvent.self) { try codec.decode(.empty, type: Closed.type, schemaVersion: 1) }
    }

    // MARK: - Mistakes in the program

    @Test("A chain of upcasters with a gap stops the program") func refusesGap() async {
        await #expect(processExitsWith: .failure) {
            _ = EventCodec<ShopEvent>([.kind(ShopEvent.closed)], upcasters: [Upcaster(Closed.type, from: 1) { $0 }])
        }
    }

    @Test("Two upcasters from one version stop the program") func refusesRivals() async {
        await #expect(processExitsWith: .failure) {
            let step = Upcaster(Closed.type, from: 2) { $0 }
            _ = EventCodec<ShopEvent>([.kind(ShopEvent.closed)], upcasters: [step, step])
        }
    }

    @Test("An upcaster from the version that is written, or of a type outside the set, stops the program") func refusesUseless() async {
        await #expect(processExitsWith: .failure) {
            _ = EventCodec<ShopEvent>([.kind(ShopEvent.closed)], upcasters: [Upcaster(Closed.type, from: 3) { $0 }])
        }
        await #expect(processExitsWith: .failure) {
            _ = EventCodec<ShopEvent>([.kind(ShopEvent.closed)], upcasters: [Upcaster(Opened.type, from: 0) { $0 }])
        }
    }
}
