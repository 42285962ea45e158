import Foundation
import Testing
import payment_gateway

@Suite("Outcome model") struct OutcomeModelTests {
    private let model = OutcomeModel(seed: 5, failurePermille: 180, pendingPermille: 0)

    private func order(_ invoice: Int, attempt: Int = 1, method: String? = nil, on day: String = "2026-01-10") throws -> ChargeOrder {
        ChargeOrder(
            key: "inv-\(invoice)/\(attempt)", digest: "", invoice: "inv-\(invoice)", attempt: attempt,
            paymentMethod: method ?? "pm-\(invoice)",
            amountMinor: 999, currency: "EUR", requestedAt: try Timestamps.instant("\(day)T09:00:00Z"))
    }

    @Test("The reasons' weights sum to 1,000, so that every failing invoice finds one") func weights() {
        #expect(DeclineReason.all.map(\.weight).reduce(0, +) == 1000)
    }

    @Test("About 18 % of first attempts fail, most for want of funds") func shares() throws {
        let codes = try (0..<5000).compactMap { model.verdict(for: try order($0)).code }
        #expect((850...950).contains(codes.count))
        #expect(codes.count { $0 == "51" } > codes.count * 2 / 5)
    }

    @Test("A reason no clock can help stays until the payment method changes") func staysBroken() throws {
        let hopeless = Set(["54", "1A", "14", "41", "43", "46", "R1"])
        let broken = try (0..<5000).filter { hopeless.contains(model.verdict(for: try order($0)).code ?? "") }
        #expect(broken.count > 100)
        for invoice in broken {
            let first = model.verdict(for: try order(invoice)).code
            #expect(try (2...8).allSatisfy { model.verdict(for: try order(invoice, attempt: $0)).code == first })
        }
        let healed = try broken.count { model.verdict(for: try order($0, attempt: 2, method: "new-\($0)")).outcome == .approved }
        #expect(healed > broken.count * 7 / 10)
    }

    @Test("Funds come back likelier on a pay day") func payDays() throws {
        let poor = try (0..<5000).filter { model.verdict(for: try order($0)).code == "51" }
        let ordinary = try poor.count { model.verdict(for: try order($0, attempt: 2, on: "2026-01-20")).outcome == .approved }
        let payDay = try poor.count { model.verdict(for: try order($0, attempt: 2, on: "2026-01-15")).outcome == .approved }
        #expect(payDay * 10 > ordinary * 15)
    }

    @Test("Advice comes from Mastercard alone, and advice that names a time gives the earliest retry") func advice() throws {
        let verdicts = try (0..<5000).map { model.verdict(for: try order($0)) }.filter { $0.outcome != .approved }
        #expect(verdicts.allSatisfy { ($0.advice != nil) == ($0.network == .mastercard) })
        #expect(verdicts.allSatisfy { ($0.notBefore != nil) == (DeclineReason.hoursOfAdvice[$0.advice ?? ""] != nil) })
        #expect(verdicts.contains { $0.advice == "25" && $0.notBefore == "2026-01-11T09:00:00Z" })
    }

    @Test("Faults come as often as asked for, and those that were not asked for never") func faults() {
        let faults = Faults(seed: 5, permille: [.cutAfter: 20, .cutBefore: 10, .errorAfter: 15, .late: 5, .tooMany: 25, .unavailable: 12])
        let suffered = (0..<20_000).compactMap { faults.fault(for: "k-\($0)") }
        func expect(_ fault: Fault, permille: Int) {
            let count = suffered.count { $0 == fault }
            #expect((permille * 20 * 7 / 10...permille * 20 * 13 / 10).contains(count), "\(fault): \(count)")
        }
        expect(.cutAfter, permille: 20)
        expect(.cutBefore, permille: 10)
        expect(.errorAfter, permille: 15)
        expect(.late, permille: 5)
        expect(.tooMany, permille: 25)
        expect(.unavailable, permille: 12)
        #expect(!suffered.contains(.errorBefore))
    }
}
