import HindsightApp
import HindsightCore
import Testing

@Suite("Why a field is what it is, and what was believed of it") struct ExplanationTests {
    /// What one link of the chain says, in short.
    private func story(_ explanation: StreamExplanation) throws -> [String] {
        try explanation.chain.map { link in
            let values = try [link.before, link.value].map { try $0.map { try JSON.line($0) } ?? "—" }
            let by = link.by.map { " by \($0)" } ?? ""
            let late = link.late ? ", late behind \(link.behind ?? 0)" : ""
            return "\(link.event.position): \(values[0]) → \(values[1]) \(link.standing.rawValue)\(by)\(late)"
        }
    }

    private func history() async throws -> PriceStream {
        let price = try PriceStream()
        try await price.record(["amount": 250, "shelf": ["row": 1]], on: 1, metadata: JSONText(object: #"{"actor":"ann"}"#))
        try await price.record(["note": "x"], on: 2, metadata: JSONText(object: #"{"actor":7}"#))
        try await price.record(["amount": 300], on: 10, metadata: JSONText(object: #"{"actor":7}"#))
        try await price.record(["amount": 270], on: 20, occurred: 5)
        try await price.record(["amount": .null, "shelf": ["row": 2, "shops": ["A", "B"]]], on: 21)
        return price
    }

    @Test("As recorded, each event takes the place of the one before, and a late one is marked") func asRecorded() async throws {
        let price = try await history()
        let why = try await price.why("amount")
        #expect(
            try story(why) == [
                "1: — → 250 overwritten by 3", "3: 250 → 300 overwritten by 4", "4: 300 → 270 overwritten by 5, late behind 3",
                "5: 270 → — stands",
            ])
        #expect((why.value, why.view, why.omitted) == (nil, "recorded", 0))
        #expect(why.chain.map(\.event.actor) == ["ann", nil, nil, nil])
        #expect(try await story(price.why("amount", at: 4)).last == "4: 300 → 270 stands, late behind 3")
    }

    @Test("By occurrence, a late event never counted, and what has not occurred is left out") func byOccurrence() async throws {
        let price = try await history()
        let why = try await price.why("amount", occurred: 20)
        #expect(try story(why) == ["1: — → 250 overwritten by 3", "3: 250 → 300 stands", "4: 300 → 270 late, late behind 3"])
        #expect((why.value, why.view, why.occurred) == (300, "occurred", PriceStream.day(20)))
        #expect(try await price.why("amount", occurred: 7).value == 270)
    }

    @Test("A long chain is cut at its beginning, and the event that stands stays in it") func cut() async throws {
        let price = try await history()
        let recorded = try await price.why("amount", limit: 2)
        #expect((try story(recorded).map { $0.prefix(1) }, recorded.omitted) == (["4", "5"], 2))
        let occurred = try await price.why("amount", occurred: 20, limit: 1)
        #expect((try story(occurred), occurred.omitted) == (["3: 250 → 300 stands"], 2))
    }

    @Test("A field inside a member is named by a pointer") func pointers() async throws {
        let price = try await history()
        #expect(try await story(price.why("/shelf/row")) == ["1: — → 1 overwritten by 5", "5: 1 → 2 stands"])
        #expect(try await price.why("/shelf/shops/1").value == "B")
        #expect(try await price.why("/shelf/shops/2").value == nil)
        #expect(FieldPointer("a/b").description == "/a~1b")
        #expect(FieldPointer("/a~1b") == FieldPointer("a/b"))
        #expect(FieldPointer("/a~01/x").description == "/a~01/x")
        #expect(FieldPointer("/").description == "/")
        #expect(FieldPointer("~").value(in: 3) == 3)
    }

    @Test("A field or a stream that is not there is told as what is missing") func missing() async throws {
        let price = try await history()
        await #expect(throws: NoSuchField(stream: price.name, field: FieldPointer("colour"))) { try await price.why("colour") }
        await #expect(throws: NoSuchField(stream: price.name, field: FieldPointer("note"))) { try await price.why("note", at: 1) }
        await #expect(throws: NoSuchStream(stream: price.name, position: 0)) { try await price.why("amount", at: 0) }
        await #expect(throws: NoSuchField(stream: price.name, field: FieldPointer("colour"))) { try await price.believed("colour", on: 3) }
    }

    // MARK: - Believed and known

    @Test("What was believed on a day differs from what is known of it, where a fact came late") func lateFact() async throws {
        let price = try await history()
        price.pass(to: 30)
        let field = try #require(try await price.believed("amount", on: 7).fields.first)
        #expect((field.believed, field.known, field.differs) == (250, 270, true))
        #expect((field.believedBy?.position, field.knownBy?.position) == (1, 4))
        // Before the fact came, the same was known as was believed.
        let before = try #require(try await price.believed("amount", on: 7, at: 3).fields.first)
        #expect((before.believed, before.known, before.differs) == (250, 250, false))
    }

    @Test("Nothing was believed of what came to be known later") func nothingBelieved() async throws {
        let price = try PriceStream()
        try await price.record(["amount": 250], on: 10, occurred: 2)
        price.pass(to: 30)
        let belief = try await price.believed(on: 5)
        #expect((belief.believedAt, belief.knownAt) == (0, 1))
        let field = try #require(belief.fields.first)
        #expect((field.believed, field.known, field.differs) == (nil, 250, true))
        #expect(field.believedBy == nil)
        await #expect(throws: NoSuchStream(stream: price.name, position: 1, occurred: PriceStream.day(1))) {
            try await price.believed(on: 1)
        }
    }

    @Test("A fact recorded ahead of its day was not believed to hold before it") func ahead() async throws {
        let price = try PriceStream()
        try await price.record(["amount": 250], on: 1)
        try await price.record(["amount": 400], on: 2, occurred: 20)
        price.pass(to: 30)
        let field = try #require(try await price.believed("amount", on: 5).fields.first)
        #expect((field.believed, field.known, field.differs) == (250, 250, false))
    }

    @Test("A field that was taken away in both is left out of all, and told when it is asked for") func takenAway() async throws {
        let price = try PriceStream()
        try await price.record(["amount": 250, "note": "x"], on: 1)
        try await price.record(["note": .null], on: 2)
        price.pass(to: 30)
        #expect(try await price.believed(on: 5).fields.map(\.field.description) == ["/amount"])
        let note = try #require(try await price.believed("note", on: 5).fields.first)
        #expect((note.believed, note.knownBy?.position, note.differs) == (nil, 2, false))
    }

    @Test("A difference tells of a stream that did not exist yet as of an empty one") func difference() async throws {
        let price = try await history()
        let difference = try await StreamDifference(of: price.name, from: 0, to: 2, in: price.log)
        #expect(difference.changes.map(\.pointer) == ["/amount", "/note", "/shelf"])
        let back = try await StreamDifference(of: price.name, from: 5, to: 3, in: price.log)
        #expect(back.changes.map(\.pointer) == ["/amount", "/shelf/row", "/shelf/shops"])
        await #expect(throws: NoSuchStream(stream: price.name, position: 0)) {
            try await StreamDifference(of: price.name, from: 0, to: 0, in: price.log)
        }
    }
}
