package import BillingRetries
import HindsightCore
import Foundation

/// What an alert looks at.
package enum BillingFigure: String, Codable, Sendable, CaseIterable {
    /// How much lower the share of recovered invoices surely (95 %) was in the last 7 days than in the 28 before.
    case approvalFall = "approval-fall"
    /// Share of the retries of the last 7 days that a model or its exploration chose, by policies that ask one.
    case coverage
    /// Share of the questions of the last 2 days that no model answered.
    case predictionFailures = "prediction-failures"
    /// 99 of 100 answers of the last 2 days took no longer.
    case predictionSeconds = "prediction-seconds"
    /// So old, or older, is the newest snapshot of one customer in ten, while predictions want them.
    case signalsAge = "signals-age"
    /// How long ago the oldest charge was sent whose outcome is unknown.
    case unknownAge = "unknown-age"
    /// Distance between a decile's scores and what happened beyond chance, in the last 28 days.
    case calibrationError = "calibration-error"
    /// Population stability index of first reasons, the last 7 days against the 28 before.
    case reasonDrift = "reason-drift"
    /// Share of the charges of the last 2 days whose answer was not lost.
    case gatewayAnswers = "gateway-answers"
    /// By how much the hold-out's share of paid invoices, of all that fell due, surely (95 %) beats that of the models, in the last 28 days.
    case holdOutLead = "hold-out-lead"

    package enum Unit: String, Codable, Sendable {
        case share, seconds, index

        /// For people who set thresholds.
        var word: String {
            switch self {
            case .share: "shares of 1"
            case .seconds: "seconds"
            case .index: "an index"
            }
        }
    }

    /// Between which numbers it lies: a threshold beyond them would never fire, or always.
    package var range: ClosedRange<Double> {
        switch self {
        case .coverage, .predictionFailures, .calibrationError, .gatewayAnswers: 0...1
        case .approvalFall, .holdOutLead: -1...1
        case .predictionSeconds: 0...(Double(LatencyBuckets.bounds.last ?? 0) * 2 / 1_000_000)
        case .signalsAge, .unknownAge: 0...31_536_000
        case .reasonDrift: 0...14
        }
    }

    package var unit: Unit {
        switch self {
        case .approvalFall, .coverage, .predictionFailures, .calibrationError, .gatewayAnswers, .holdOutLead: .share
        case .predictionSeconds, .signalsAge, .unknownAge: .seconds
        case .reasonDrift: .index
        }
    }

    /// Whether it grows with the clock: then the instant at which it passed a threshold is known.
    var isAge: Bool { self == .signalsAge || self == .unknownAge }
}

/// The figures that alerts look at, as of one day. One is missing where too little happened to tell.
package struct BillingVitals: Sendable, Equatable {
    package let day: BusinessDay
    package let figures: [BillingFigure: Double]

    package init(day: BusinessDay, figures: [BillingFigure: Double]) {
        self.day = day
        self.figures = figures
    }

    package subscript(_ figure: BillingFigure) -> Double? { figures[figure] }

    /// Days before the one told of that are summed for it.
    package static let reach = BillingReport.Drift.recentDays + BillingReport.Drift.daysBefore

    /// So few cases say nothing.
    private enum Least {
        static let recoveries = 50
        /// Of each kind of ending, on either side, if both sides were alike.
        static let endings = 5.0
        static let retries = 50
        static let predictions = 100
        static let answers = 100
        static let scored = 1_000
        static let reasons = 200
        static let charges = 100
    }

    /// - Parameter day: Ages are told for ``BillingBasis/today`` alone.
    package init(_ basis: BillingBasis, day: BusinessDay) {
        let (lately, week, month) = (BusinessDays(2, until: day), BusinessDays(7, until: day), BusinessDays(28, until: day))
        var figures: [BillingFigure: Double] = [:]
        figures[.approvalFall] = Self.approvalFall(basis, day)
        figures[.coverage] = Self.coverage(basis, week)
        let (counts, predictions) = (basis.counts(in: lately), basis.predictions(in: lately))
        figures[.predictionFailures] = Self.share(predictions.failures, of: predictions.ended, Least.predictions)
        if predictions.times.total >= Least.answers, let microseconds = predictions.times.quantile(0.99) {
            // Beyond all bounds nothing is known but that they were passed.
            let bound = min(microseconds, (LatencyBuckets.bounds.last ?? 0) * 2)
            figures[.predictionSeconds] = Double(bound) / 1_000_000
        }
        figures[.gatewayAnswers] = Self.share(
            max(0, counts.chargesRequested - counts.chargesUnknown), of: counts.chargesRequested, Least.charges)
        if let measures = basis.calibration(in: month), measures.rows >= Least.scored {
            figures[.calibrationError] = measures.calibrationError
        }
        let drift = BillingReport.Drift(basis, until: day)
        if drift.recent >= Least.reasons, drift.before >= Least.reasons { figures[.reasonDrift] = drift.index }
        figures[.holdOutLead] = Self.holdOutLead(basis, month)
        if day == basis.today { figures.merge(Self.ages(basis, week)) { age, _ in age } }
        self.day = day
        self.figures = figures
    }

    private static func share(_ part: Int, of whole: Int, _ least: Int) -> Double? {
        whole >= least ? Double(part) / Double(whole) : nil
    }

    private static func approvalFall(_ basis: BillingBasis, _ day: BusinessDay) -> Double? {
        func recoveries(_ days: BusinessDays) -> Endings {
            let counts = basis.counts(in: days) { $0.policy != nil }
            return Endings(paid: counts.invoicesPaid, all: counts.invoicesEnded)
        }
        return recoveries(BusinessDays(28, until: day.before(7))).lead(over: recoveries(BusinessDays(7, until: day)))
    }

    private static func coverage(_ basis: BillingBasis, _ days: BusinessDays) -> Double? {
        let asking = basis.askingPolicies(in: days)
        let counts = basis.counts(in: days) { $0.policy.map(asking.contains) ?? false }
        return share(counts.retriesCovered, of: counts.retriesScheduled, Least.retries)
    }

    private static func ages(_ basis: BillingBasis, _ week: BusinessDays) -> [BillingFigure: Double] {
        var ages: [BillingFigure: Double] = [:]
        func age(of instant: Timestamp) -> Double { Double(max(0, basis.instant.since(instant).microseconds)) / 1_000_000 }
        if let oldest = basis.unknownSince.min() { ages[.unknownAge] = age(of: oldest) }
        if basis.counts(in: week).predictionsRequested + basis.predictions(in: week).ended > 0,
            let tenth = basis.newestSnapshots.dropFirst((basis.newestSnapshots.count - 1) / 10).first
        {
            ages[.signalsAge] = age(of: tenth)
        }
        return ages
    }

    /// Of all that fell due, and not of recoveries: a model that times the first charge leaves other failures than the rules do.
    private static func holdOutLead(_ basis: BillingBasis, _ days: BusinessDays) -> Double? {
        let asking = basis.askingPolicies(in: days)
        var (heldOut, models) = (Endings(), Endings())
        for invoice in basis.dues where days.contains(invoice.endedOn) {
            if invoice.arm.experiment == Experiment.holdOut {
                heldOut.count(invoice.ending)
            } else if asking.contains(invoice.arm.policy) {
                models.count(invoice.ending)
            }
        }
        return heldOut.lead(over: models)
    }

    private struct Endings {
        var paid = 0
        var all = 0

        mutating func count(_ ending: DueInvoices.Ending) {
            switch ending {
            case .paid: (paid, all) = (paid + 1, all + 1)
            case .uncollectible: all += 1
            case .elsewhere: break
            }
        }

        /// By how much its share is higher, less what chance brings in 19 cases of 20; `nil` for so few cases that this can't be told.
        func lead(over other: Endings) -> Double? {
            let common = Double(paid + other.paid) / Double(all + other.all)
            let fewer = min(all, other.all)
            guard fewer >= Least.recoveries, Double(fewer) * min(common, 1 - common) >= Least.endings else { return nil }
            // The wider of both: a small side where everybody happened to pay has no spread of its own.
            let alike = common * (1 - common) * (1 / Double(all) + 1 / Double(other.all))
            return share - other.share - 1.645 * max(alike, variance + other.variance).squareRoot()
        }

        private var share: Double { Double(paid) / Double(all) }
        /// Of the share.
        private var variance: Double { share * (1 - share) / Double(all) }
    }
}
