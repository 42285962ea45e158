import CustomerMDM
import HindsightCore
import HindsightTesting
import Testing

@Suite("Progress of a file of cards") struct IngestDeciderTests {
    private func page(_ offset: Int64, round: Int = 1) -> IngestPageTaken {
        IngestPageTaken(
            ingest: "f", round: round, offset: offset, line: 9, tally: IngestTally(rows: 8, taken: 8, changed: 8), rejectBytes: 0)
    }

    private func finished(round: Int) -> IngestEvent {
        .finished(IngestFinished(ingest: "f", round: round, tally: IngestTally(rows: 8)))
    }

    @Test("Pages follow each other, and the end follows the last one") func pages() throws {
        try Scenario(IngestDecider.self).when(.take(page(10), after: 0)).then(.pageTaken(page(10)))
        try Scenario(IngestDecider.self).given(.pageTaken(page(10))).when(.take(page(20), after: 10)).then(.pageTaken(page(20)))
        try Scenario(IngestDecider.self).given(.pageTaken(page(10))).when(.finish(IngestTally(rows: 8))).then(finished(round: 1))
    }

    @Test("A page is taken once, by whoever knows the one before it") func once() throws {
        try Scenario(IngestDecider.self).given(.pageTaken(page(10))).when(.take(page(10), after: 0)).thenRejected(.takenElsewhere)
        try Scenario(IngestDecider.self).given(.pageTaken(page(10)), finished(round: 1))
            .when(.take(page(20), after: 10)).thenRejected(.takenElsewhere)
    }

    @Test("A finished file begins its next round at its beginning, and where nothing was new there is nothing to end") func rounds() throws
    {
        try Scenario(IngestDecider.self).given(.pageTaken(page(10)), finished(round: 1))
            .when(.take(page(10, round: 2), after: 0)).then(.pageTaken(page(10, round: 2)))
        try Scenario(IngestDecider.self).when(.finish(IngestTally(rows: 8))).then()
    }
}
