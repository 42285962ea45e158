import BillingRetries
import HindsightCore
import HindsightTesting
import Testing

@Suite("Network guard") struct NetworkGuardTests {
    private let networkGuard = NetworkGuard()

    @Test(
        "Visa's category 1 closes the card for ever",
        arguments: ["04", "07", "12", "14", "15", "41", "43", "46", "57", "R0", "R1", "R3"])
    func neverRetryCodes(code: String) throws {
        let block = networkGuard.block(network: .visa, code: code, advice: nil, isFinal: false, at: try at("01-05T09:00"))
        #expect(block?.rule == "visa-category-1")
        #expect(networkGuard.opening(of: CardRecord(block: block), at: try at("12-31T09:00")) == .closed(rule: "visa-category-1"))
    }

    @Test("Other codes leave the card open", arguments: ["05", "51", "54", "61", "65", "91", "96", "00"])
    func softCodes(code: String) throws {
        #expect(networkGuard.block(network: .visa, code: code, advice: nil, isFinal: false, at: try at("01-05T09:00")) == nil)
    }

    @Test("Mastercard's advice 03 and 21 closes the card, on Mastercard alone", arguments: ["03", "21"])
    func neverRetryAdvice(advice: String) throws {
        let now = try at("01-05T09:00")
        #expect(
            networkGuard.block(network: .mastercard, code: "05", advice: advice, isFinal: false, at: now)?.rule == "mastercard-never-again")
        #expect(networkGuard.block(network: .visa, code: "05", advice: advice, isFinal: false, at: now) == nil)
    }

    @Test("What the gateway calls final is final on any network", arguments: CardNetwork.allCases)
    func final(network: CardNetwork) throws {
        let block = networkGuard.block(network: network, code: "99", advice: nil, isFinal: true, at: try at("01-05T09:00"))
        #expect(block?.rule == "gateway-final")
    }

    @Test(
        "Mastercard's advice 24 to 30 is a floor",
        arguments: [("24", 1), ("25", 24), ("26", 48), ("27", 96), ("28", 144), ("29", 192), ("30", 240)])
    func floors(advice: String, hours: Int) throws {
        let now = try at("01-05T09:00")
        let floor = networkGuard.floor(network: .mastercard, advice: advice, notBefore: nil, at: now)
        #expect(floor?.instant == now.advanced(by: .hours(hours)))
        #expect(networkGuard.floor(network: .visa, advice: advice, notBefore: nil, at: now) == nil)
        #expect(
            networkGuard.opening(of: CardRecord(notBefore: floor), at: now) == .from(now.advanced(by: .hours(hours)), rule: floor?.rule))
    }

    @Test("A card of a network that the gateway can't name is bound by every network's rules", arguments: [CardNetwork.other, .amex])
    func unnamed(network: CardNetwork) throws {
        let (now, isBound) = (try #require(Timestamp("2026-12-05T09:00:00Z")), network == .other)
        let closed = networkGuard.block(network: network, code: "41", advice: nil, isFinal: false, at: now)
        #expect(closed?.rule == (isBound ? "visa-category-1" : nil))
        let advised = networkGuard.block(network: network, code: "51", advice: "03", isFinal: false, at: now)
        #expect(advised?.rule == (isBound ? "mastercard-never-again" : nil))
        let floor = networkGuard.floor(network: network, advice: "26", notBefore: nil, at: now)
        #expect(floor?.instant == (isBound ? now.advanced(by: .hours(48)) : nil))
        let record = CardRecord(network: network, tries: (0..<10).map { now.advanced(by: .hours($0 - 10)) })
        let opening = networkGuard.opening(of: record, at: now)
        #expect(opening == .from(isBound ? now.advanced(by: .hours(14)) : now, rule: isBound ? "mastercard-10-a-day" : nil))
    }

    @Test("What was decided before a rule bound is decided again as then, under the version of then") func edition() throws {
        let before = try #require(Timestamp("2026-11-30T09:00:00Z"))
        #expect(networkGuard.block(network: .other, code: "41", advice: nil, isFinal: false, at: before) == nil)
        #expect(networkGuard.rules.version(at: before) == "2026-11-21")
        #expect(networkGuard.rules.version(at: before.advanced(by: .days(1))) == "2026-12-01")
        #expect(networkGuard.rules.version(at: try at("01-05T09:00")) == "2026-11-21")
    }

    @Test("The later of advice and the gateway's word is the floor")
    func laterFloor() throws {
        let now = try at("01-05T09:00")
        let word = now.advanced(by: .hours(30))
        #expect(networkGuard.floor(network: .mastercard, advice: "25", notBefore: word, at: now)?.instant == word)
        #expect(networkGuard.floor(network: .mastercard, advice: "26", notBefore: word, at: now)?.instant == now.advanced(by: .hours(48)))
    }

    @Test("A card has fifteen tries in thirty days, and the sixteenth waits until the first has left the count")
    func fifteenInThirtyDays() throws {
        let start = try at("01-01T09:00")
        let tries = (0..<15).map { start.advanced(by: .days($0)) }
        let now = start.advanced(by: .days(15))
        #expect(networkGuard.opening(of: CardRecord(network: .visa, tries: Array(tries.dropLast())), at: now) == .from(now, rule: nil))
        #expect(
            networkGuard.opening(of: CardRecord(network: .visa, tries: tries), at: now)
                == .from(start.advanced(by: .days(30)), rule: "house-15-in-30-days"))
    }

    @Test("Mastercard has ten tries a day; a card of unknown network is held to them too", arguments: [CardNetwork.mastercard, nil])
    func tenADay(network: CardNetwork?) throws {
        let start = try at("01-05T00:00")
        let tries = (0..<10).map { start.advanced(by: .hours($0)) }
        let now = start.advanced(by: .hours(10))
        #expect(
            networkGuard.opening(of: CardRecord(network: network, tries: tries), at: now)
                == .from(start.advanced(by: .days(1)), rule: "mastercard-10-a-day"))
        #expect(networkGuard.opening(of: CardRecord(network: .visa, tries: tries), at: now) == .from(now, rule: nil))
    }

    @Test("Authentication required closes the card to retries")
    func authentication() throws {
        let record = CardRecord(requiresAuthentication: true)
        #expect(networkGuard.opening(of: record, at: try at("01-05T09:00")) == .closed(rule: "authentication-required"))
    }

    @Test("Visa's limit of 15 became 20 on 2025-05-25")
    func datedRules() throws {
        func limits(_ text: String) throws -> [String] {
            let instant = try #require(Timestamp(text))
            return NetworkRules.current.inForce(at: instant, for: .visa).map(\.id).filter { $0.hasPrefix("visa-") && $0.hasSuffix("days") }
        }
        #expect(try limits("2025-05-24T23:59:59Z") == ["visa-15-in-30-days"])
        #expect(try limits("2025-05-25T00:00:00Z") == ["visa-20-in-30-days"])
    }

    @Test("Every rule names its source")
    func sources() {
        #expect(NetworkRules.current.rules.allSatisfy { !$0.source.isEmpty })
        #expect(Set(NetworkRules.current.rules.map(\.id)).count == NetworkRules.current.rules.count)
    }

    @Test("Whatever the record, the opening is an instant at which the guard lets pass", arguments: 0..<100)
    func openingIsClear(seed: Int) throws {
        var numbers = SeededGenerator(UInt64(seed))
        let start = try at("01-01T00:00")
        let tries = (0..<Int.random(in: 0...60, using: &numbers)).map { _ in
            start.advanced(by: .seconds(Int.random(in: 0..<(40 * 86_400), using: &numbers)))
        }.sorted()
        let now = start.advanced(by: .days(Int.random(in: 0...45, using: &numbers)))
        let record = CardRecord(
            network: [.visa, .mastercard, nil].randomElement(using: &numbers) ?? nil, tries: tries.filter { $0 <= now })
        guard case .from(let opensAt, _) = networkGuard.opening(of: record, at: now) else {
            Issue.record("seed \(seed): an unblocked card is closed")
            return
        }
        guard case .cleared = networkGuard.verdict(on: record, at: opensAt) else {
            Issue.record("seed \(seed): the guard refuses its own opening")
            return
        }
    }
}
