import HindsightCore
import Testing

@Suite("Event digest") struct EventDigestTests {
    // Computed by Python's hashlib, from the description of format 1 alone:
    //
    //     n = lambda x: struct.pack(">q", x); f = lambda b: n(len(b)) + b
    //     commitment = sha256(bytes(range(16)) + '{"amountMinor":19900,"заметка":"é"}'.encode())
    //     fields = (n(42) + f(b"invoice-7f3a") + n(3) + f(UUID("01890a5d-ac96-774b-bcce-b302099a8057").bytes)
    //         + f(b"billing-retries.payment-declined") + n(2) + n(1767225600000001) + n(-1) + f(b'{"actor":"u1"}')
    //         + n(3) + f(b"invoice:7f3a") + f(b"customer:9") + f(b"invoice:7f3a") + f(commitment))
    //     digest = sha256(bytes(range(100, 132)) + fields)
    private static let commitment = "d6dc35b02fd03793f81a98967fc1f4d58029a06f4d1a030e3ad604a3a74d9233"
    private static let digest = "cdaa524717256bb977dcfc0a0e502255f344c871be99fa89afeacc5a61bc0779"

    @Test("Commitment and digest of format 1 are those that another program computes") func agreesWithVector() throws {
        let event = try sample()
        #expect(event.commitment.hexadecimal == Self.commitment)
        let previous = try #require(EventDigest(bytes: Array(100..<132)))
        #expect(EventDigest.digest(of: event, after: previous).hexadecimal == Self.digest)
    }

    @Test("The digest covers every column, and not the payload itself") func coversColumns() throws {
        let event = try sample()
        let digest = EventDigest.digest(of: event, after: .genesis)
        let changes: [(inout RecordedEvent) throws -> Void] = [
            { $0.position += 1 }, { $0.stream = try StreamName("invoice-7f3b") }, { $0.version += 1 },
            { $0.id = .version7(at: $0.recordedAt, entropy: [UInt8](repeating: 1, count: 10)) },
            { $0.type = "billing-retries.payment-decline" },
            { $0.schemaVersion += 1 }, { $0.recordedAt = $0.occurredAt }, { $0.occurredAt = $0.recordedAt }, { $0.metadata = .empty },
            { $0.tags.removeLast() }, { $0.tags.swapAt(0, 1) }, { $0.tags = [] }, { $0.commitment = .genesis },
        ]
        for (number, change) in changes.enumerated() {
            var changed = event
            try change(&changed)
            #expect(EventDigest.digest(of: changed, after: .genesis) != digest, "change \(number)")
        }
        var erased = event
        (erased.data, erased.salt) = (nil, nil)
        #expect(EventDigest.digest(of: erased, after: .genesis) == digest)
        #expect(EventDigest.digest(of: event, after: event.commitment) != digest)
    }

    private func sample() throws -> RecordedEvent {
        let salt = try #require(Salt(bytes: Array(0..<16)))
        let data = try JSONText(object: #"{"amountMinor":19900,"заметка":"é"}"#)
        return RecordedEvent(
            position: 42, stream: try StreamName("invoice-7f3a"), version: 3,
            id: try #require(EventID("01890a5d-ac96-774b-bcce-b302099a8057")), type: "billing-retries.payment-declined", schemaVersion: 2,
            recordedAt: Timestamp(microsecondsSince1970: 1_767_225_600_000_001), occurredAt: Timestamp(microsecondsSince1970: -1),
            data: data,
            metadata: try JSONText(object: #"{"actor":"u1"}"#),
            tags: [try Tag("invoice:7f3a"), try Tag("customer:9"), try Tag("invoice:7f3a")], encoding: 0, salt: salt,
            commitment: EventDigest.commitment(salt: salt, data: data), digest: .genesis)
    }
}
