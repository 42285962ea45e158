import HindsightCore
import HindsightRuntime
import Testing

@Suite("Random identities") struct RandomIdentitiesTests {
    private let start = Timestamp(microsecondsSince1970: 1_767_225_600_000_000)

    @Test("Ids of one source ascend, also more of them in a millisecond than the counter has room for") func ascend() throws {
        let identities = RandomIdentities()
        let stream = try StreamName("room-1")
        var ids = (1...10_000).map { identities.eventID(in: stream, version: StreamVersion($0), at: start) }
        ids += (1...10).map { identities.eventID(in: stream, version: 1, at: start.advanced(by: .milliseconds($0 * 20))) }
        #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
        #expect(ids.allSatisfy { $0.bytes[6] >> 4 == 7 && $0.bytes[8] >> 6 == 2 })
    }

    @Test("A clock that was set back gives ids of its own time again") func followsClock() throws {
        let identities = RandomIdentities()
        let stream = try StreamName("room-1")
        let late = identities.eventID(in: stream, version: 1, at: start.advanced(by: .days(1)))
        let early = identities.eventID(in: stream, version: 2, at: start)
        #expect(early < late)
    }
}
