import CustomerMDM
import HindsightCore
import Testing

@Suite("Several stewards on one case") struct ReviewPanelTests {
    private func answer(
        _ verdict: Verdict, by steward: String, needed: Int, in state: inout ReviewPanel.State
    ) throws -> [ReviewEvent] {
        let events = try ReviewPanel.decide(.answer(review: "r", verdict, by: steward, reason: "seen", needed: needed), given: state)
        for event in events { ReviewPanel.evolve(&state, with: event) }
        return events
    }

    @Test("Of 2N − 1 answers N agree, whatever they are, and a decision comes with the Nth of one kind", arguments: 1...5, 0..<32)
    func majority(needed: Int, seed: Int) throws {
        var state = ReviewPanel.initialState
        var counts: [Verdict: Int] = [:]
        for number in 0..<(2 * needed - 1) {
            let verdict: Verdict = seed >> (number % 5) & 1 == (number / 5) % 2 ? .confirm : .reject
            #expect(state.decision == nil)
            _ = try answer(verdict, by: "steward-\(number)", needed: needed, in: &state)
            counts[verdict, default: 0] += 1
            guard let decision = state.decision else { continue }
            #expect(decision == verdict && counts[verdict] == needed)
            return
        }
        Issue.record("\(2 * needed - 1) answers decided nothing")
    }

    @Test("The same word again is none, another one is refused, and what the first answer asks for holds") func once() throws {
        var state = ReviewPanel.initialState
        #expect(try answer(.accept, by: "olga", needed: 2, in: &state).count == 1)
        #expect(try answer(.accept, by: "olga", needed: 2, in: &state).isEmpty)
        var after = state
        #expect(throws: ReviewPanel.Rejection.saidOtherwise(.accept)) { try answer(.refuse, by: "olga", needed: 2, in: &after) }
        // The setting went up meanwhile.
        #expect(try answer(.accept, by: "oleg", needed: 3, in: &state).count == 1)
        #expect(state.decision == .accept && state.needed == 2)
    }

    @Test("A case that is closed takes no answer") func closed() throws {
        var state = ReviewPanel.initialState
        ReviewPanel.evolve(
            &state, with: .superseded(ReviewSuperseded(review: "r", cards: [People.card("CRM:1")], reason: "one record")))
        #expect(throws: ReviewPanel.Rejection.closed) { try answer(.confirm, by: "olga", needed: 2, in: &state) }
    }
}
