import EventLogSQLite
import Testing

@Suite("How long a writer waits for company") struct GatheringTests {
    private let flush = Duration.microseconds(120)

    @Test("One writer alone is never kept waiting") func alone() {
        var gathering = Gathering()
        #expect(gathering.next().count == 1)
        gathering.answering(1, whileWaiting: 0, after: flush)
        #expect(gathering.next().count == 1)
    }

    @Test("As many are waited for as were answered and waited meanwhile, for a quarter of a transaction") func company() {
        var gathering = Gathering()
        gathering.answering(8, whileWaiting: 0, after: flush)
        #expect(gathering.next() == (8, .microseconds(30)))
        gathering.waited(came: true)
        gathering.answering(4, whileWaiting: 3, after: .seconds(1))
        #expect(gathering.next() == (7, .microseconds(200)))
    }

    @Test("So many that they keep the processors busy are not waited for") func crowd() {
        var gathering = Gathering()
        gathering.answering(60, whileWaiting: 5, after: flush)
        #expect(gathering.next().count == 1)
    }

    @Test("Company that stays away is waited for less and less often, and that is over once it comes") func staysAway() {
        var gathering = Gathering()
        func attempts(_ came: Bool, in transactions: Int) -> [Int] {
            (0..<transactions).filter { _ in
                gathering.answering(8, whileWaiting: 0, after: flush)
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

    @Test("Tasks that append in a loop end up in one transaction, however they began", arguments: 1...7) func joins(first: Int) {
        var gathering = Gathering()
        var (transaction, waiting) = (first, 8 - first)
        for _ in 0..<3 {
            gathering.answering(transaction, whileWaiting: waiting, after: flush)
            // All who were answered come back in time.
            let wanted = gathering.next().count
            #expect(wanted == 8)
            gathering.waited(came: true)
            (transaction, waiting) = (8, 0)
        }
    }
}
