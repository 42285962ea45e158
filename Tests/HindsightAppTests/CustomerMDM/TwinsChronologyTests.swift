import CustomerMDM
import HindsightApp
import HindsightCore
import Testing

/// Where each policy would have taken the twins for one person, in the example beside the demo.
@Suite("The twins under four policies") struct TwinsChronologyTests {
    /// A time in which they were one: the days, the edge and the gap.
    struct Gluing: Equatable, CustomStringConvertible, Sendable {
        let from: String
        let until: String
        let edge: String
        let rule: String
        let lapse: Lapse

        init(_ from: String, _ until: String, _ edge: String, by rule: String, _ lapse: Lapse) {
            (self.from, self.until, self.edge, self.rule, self.lapse) = (from, until, edge, rule, lapse)
        }

        init?(_ union: PairChronology.Union) {
            guard let until = union.until, union.edges.count == 1, let rule = union.edges[0].rule, let lapse = union.lapse else {
                return nil
            }
            self.init(
                "\(union.from)", "\(until)", "\(union.edges[0].a) \(union.edges[0].b)", by: rule, lapse)
        }

        var description: String { "\(from) \(until) \(edge) \(rule) \(lapse.rawValue)" }
    }

    private static let twins = CardPair(Desk.card("CRM:1024"), Desk.card("CRM:2048"))
    private static let byNameAndDate = "name-birth-date-and-contact"
    private static let overwritten = Gluing(
        "2014-06-10T23:00:00Z", "2014-06-12T10:00:00Z", "ABS:S1 CRM:1024", by: byNameAndDate, .givenNameOfAnotherTakenOver)
    private static let policies = [
        Gluings(
            "2014",
            [
                overwritten,
                Gluing("2015-03-02T11:20:00Z", "2015-03-04T10:00:00Z", "ABS:S1 INSUR:D5", by: byNameAndDate, .suspiciousChangeTakenOver),
                Gluing("2017-02-13T20:40:00Z", "2017-02-15T10:00:00Z", "ABS:S1 CARDS:D6", by: "full-name-and-contact", .nearestEdgesOnly),
            ], failed: 4),
        Gluings(
            "2016",
            [
                overwritten,
                Gluing("2017-02-13T20:40:00Z", "2017-02-15T10:00:00Z", "ABS:S1 CARDS:D6", by: "full-name-and-contact", .nearestEdgesOnly),
            ], failed: 2),
        Gluings(
            "2018",
            [
                overwritten,
                Gluing("2014-06-13T23:00:00Z", "2014-06-16T10:00:00Z", "ABS:S1 CRM:1024", by: byNameAndDate, .revertedValueKept),
                Gluing("2017-02-13T20:40:00Z", "2017-02-15T10:00:00Z", "ABS:S1 CRM:1024", by: byNameAndDate, .revertedValueKept),
                Gluing("2018-03-05T23:00:00Z", "2018-03-07T10:00:00Z", "ABS:S1 CRM:1024", by: byNameAndDate, .revertedValueKept),
            ], failed: 6),
        Gluings("2022", [], failed: 0),
    ]

    struct Gluings: CustomTestStringConvertible, Sendable {
        let policy: String
        let times: [Gluing]
        let failed: Int

        init(_ policy: String, _ times: [Gluing], failed: Int) { (self.policy, self.times, self.failed) = (policy, times, failed) }

        var testDescription: String { policy }
    }

    private static func play(_ pair: CardPair, _ policies: [MatchingPolicy]) async throws -> TwinsChronology {
        let example = try PlayedStream.twins()
        return try await TwinsChronology.play(
            example.stream, facts: example.facts, of: pair, profile: PlayedStream.profile, policies: policies)
    }

    @Test("Each policy but today's glues them in its own way, at these instants", arguments: policies)
    func gluings(_ expected: Gluings) async throws {
        let policy = try #require(MatchingPolicy.named(expected.policy))
        let played = try #require(await Self.play(Self.twins, [policy]).policies.first)
        #expect(played.unions.map { Gluing($0) } == expected.times)
        #expect(played.facts == 40 && played.failed == expected.failed)
    }

    @Test("Whatever let them through, the whole group would have stopped it") func wholeGroup() async throws {
        let chronology = try await Self.play(Self.twins, [.y2014, .y2016, .y2018])
        let conflicts = chronology.policies.flatMap(\.unions).map { Set($0.conflicts.map(\.name)) }
        #expect(conflicts.count == 9)
        for names in conflicts { #expect(names.isSuperset(of: ["given names", "ibId"])) }
    }

    @Test("Of all occasions it is told on how many each policy kept them apart") func occasions() async throws {
        let chronology = try await Self.play(Self.twins, MatchingPolicy.all)
        #expect(
            chronology.occasions.map { "\($0)" } == [
                "2014-06-10T23:00:00Z", "2014-06-13T23:00:00Z", "2015-03-02T11:20:00Z", "2017-02-13T20:40:00Z", "2018-03-05T23:00:00Z",
            ])
        #expect(chronology.apart == ["2014": 2, "2016": 3, "2018": 1, "2022": 5])
    }

    @Test("Two cards of one person come together under every policy, through no gap", arguments: MatchingPolicy.all)
    func onePerson(_ policy: MatchingPolicy) async throws {
        let pair = CardPair(Desk.card("CRM:1024"), Desk.card("IB:501"))
        let played = try #require(await Self.play(pair, [policy]).policies.first)
        let first = try #require(played.unions.first)
        #expect(first.from.description == "2014-02-05T23:00:00Z" && first.until == nil && first.lapse == nil)
        #expect(first.conflicts == [] && first.edges.map(\.rule) == ["passport-and-given-name", "passport-and-given-name"])
    }

    @Test("A merge that waited for a steward's yes went through no gap") func stewardsYes() async throws {
        let pair = CardPair(Desk.card("CRM:2048"), Desk.card("LOAN:9001"))
        let played = try #require(await Self.play(pair, [.y2022]).policies.first)
        #expect(played.unions.map(\.from.description) == ["2022-05-18T10:00:00Z"])
        #expect(played.unions.map(\.lapse) == [nil])
    }
}
