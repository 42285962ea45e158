import Crypto
import HindsightCore

/// The past as training sees it: a payer is on one side only, and what is held out lies after what is learned from.
struct DividedPast {
    /// Payers to learn from, up to the cut.
    let learned: [PayerHistory]
    /// Charges after the cut, of payers who are not learned from.
    let calibrated: [HeldOutCharge]
    /// Charges after the cut, of still other payers.
    let measured: [HeldOutCharge]
    let cut: Timestamp
    /// All of what those payers did who are not held out.
    private let learnable: [PayerHistory]
    /// Of all charges, in order.
    private let times: [Timestamp]

    init(_ histories: [PayerHistory], _ division: RetryModelTraining.Division) throws(RetryTrainingError) {
        times = histories.flatMap { $0.charges.map(\.observation.at) }.sorted()
        let cut = times[min(Int(Double(times.count) * division.shareBeforeCut), times.count - 1)]
        func heldOut(_ remainder: UInt8) -> [HeldOutCharge] {
            histories.filter { Self.isHeldOut($0, division) && Self.number($0) / 10 % 2 == remainder }
                .flatMap { HeldOutCharge.charges(of: $0, from: cut) }
        }
        learnable = histories.filter { !Self.isHeldOut($0, division) }
        learned = Self.histories(learnable, until: cut)
        calibrated = heldOut(0)
        measured = heldOut(1)
        self.cut = cut
        let labels = learned.flatMap(\.charges).compactMap { IssuerSign.isApproved($0.observation) }
        guard labels.contains(true), labels.contains(false) else { throw .tooShort(part: "learn from") }
        guard !calibrated.isEmpty else { throw .tooShort(part: "calibrate on") }
        guard !measured.isEmpty else { throw .tooShort(part: "measure on") }
    }

    /// Payers to learn from, up to an instant.
    func learned(until end: Timestamp) -> [PayerHistory] { Self.histories(learnable, until: end) }

    /// From when on a new model is judged beside a champion; `nil` if nothing came after what that one has learned from.
    ///
    /// The first half of what came later tells the new model what has changed since, as all of it does in the end; or all up to the cut, if
    /// that lies later.
    func start(ofComparisonAfter end: Timestamp) -> Timestamp? {
        let later = times.drop { $0 <= end }
        guard !later.isEmpty else { return nil }
        return max(cut, later[later.startIndex + later.count / 2])
    }

    private static func histories(_ histories: [PayerHistory], until end: Timestamp) -> [PayerHistory] {
        histories.map { history in
            PayerHistory(
                customer: history.customer, payers: history.payers, charges: history.charges.filter { $0.observation.at < end })
        }.filter { !$0.charges.isEmpty }
    }

    /// By the customer's name alone, so that a customer stays on the same side from training to training.
    private static func number(_ history: PayerHistory) -> UInt8 {
        var hash = SHA256()
        hash.update(data: Array(history.customer.utf8))
        return Array(hash.finalize())[0] % 200
    }

    private static func isHeldOut(_ history: PayerHistory, _ division: RetryModelTraining.Division) -> Bool {
        number(history) % 10 < UInt8(division.heldOutTenths)
    }
}

/// A charge that is held out, with all that was known before it.
struct HeldOutCharge {
    let history: PayerHistory
    let moment: ChargeMoment

    static func charges(of history: PayerHistory, from cut: Timestamp) -> [HeldOutCharge] {
        history.moments.filter { $0.charge.observation.at >= cut }.map { HeldOutCharge(history: history, moment: $0) }
    }

    /// Who pays, as it was known then.
    var payer: PayerTraits { history.payer(at: moment.charge) }
}
