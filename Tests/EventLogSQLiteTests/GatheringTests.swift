import EventLogSQLite
import Testing

@Suite("How long a writer waits for company") struct GatheringTests {
    private let flush = Duration.microseconds(120)

    @Test("One writer alone is never kept waiting") func alone() {
        var gathering = Gathering()
        #expect(gathering.next().count == 1)
        gathering.answered(1, after: flush)
        #expect(gathering.next().count == 1)
    }

    @Test("As many are waited for as were answered, for a quarter of a commit") func company() {
        var gathering = Gathering()
        gathering.answered(8, after: flush)
        #expect(gathering.next() == (8, .microseconds(30)))
        gathering.waited(came: true)
        gathering.answered(7, after: .seconds(1))
        #expect(gathering.next() == (7, .microseconds(200)))
    }

    @Test("So many that they keep the processors busy are not waited for") func crowd() {
        var gathering = Gathering()
        gathering.answered(65, after: flush)
        #expect(gathering.next().count == 1)
    }

    @Test("Company that stays away is waited for less and less often, and that is over once it comes") func staysAway() {
        var gathering = Gathering()
        func attempts(_ came: Bool, in transactions: Int) -> [Int] {
            (0..<transactions).filter { _ in
                gathering.answered(8, after: flush)
                guard gathering.next().count == 8 else { return false }
                gathering.waited(came: came)
                return true
            }
        }
        #expect(attempts(false, in: 40) == [0, 2, 5, 10, 19, 36])
        #expect(attempts(false, in: 100_000).count < 400)
        #expect(attempts(true, in: 300).count > 0)
        #expect(attempts(true, in: 10).count == 10)
    }
}
