import CustomerMDM
import Testing

@Suite("The change monitor's confusion") struct ChangeConfusionTests {
    private func confusion(_ statements: (String, StatementOutcome)...) -> ChangeConfusion {
        ChangeConfusion(statements.map { (label: $0.0, outcome: $0.1) })
    }

    @Test("Held is right for conflicts and hijacks, and wrong for everything else, whatever became of it") func held() throws {
        let confusion = self.confusion(
            ("none", .received), ("none", .heldRefused), ("HIJACK1", .heldWithdrawn), ("NOISE", .spelling), ("CONFLICT", .held),
            ("CONFLICT_TRUE", .heldAccepted), ("CONFLICT", .takenOver), ("PAST", .pastOpened), ("MINE", .nothing), ("CONFLICT", .pastOpened)
        )
        #expect(confusion.heldPrecision == 0.75)
        #expect(confusion.heldRecall == 0.6)
        #expect(confusion.rows.map(\.label) == ["NOISE", "PAST", "CONFLICT", "CONFLICT_TRUE", "HIJACK1", "none", "MINE"])
        let conflict = try #require(confusion.rows.first { $0.label == "CONFLICT" })
        #expect(conflict.statements == 3 && conflict.held == 1 && conflict.outcomes[.takenOver] == 1 && conflict.outcomes[.nothing] == 0)
        #expect(conflict.outcomes.count == StatementOutcome.allCases.count)
    }

    @Test("Where nothing was held, or had to be, there is no share of it") func nothingHeld() {
        let confusion = self.confusion(("NOISE", .spelling), ("none", .received))
        #expect(confusion.heldPrecision == nil && confusion.heldRecall == nil)
        #expect(self.confusion(("NOISE", .held)).heldPrecision == 0)
        #expect(self.confusion(("CONFLICT", .spelling)).heldRecall == 0)
    }
}
