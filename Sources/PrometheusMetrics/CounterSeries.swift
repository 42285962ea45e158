import CoreMetrics
import Synchronization

/// A counter, of whole steps or of parts of them.
final class CounterSeries: Series, CounterHandler, FloatingPointCounterHandler {
    // Kept apart, so that the common case is one atomic addition and exact.
    private let whole = Atomic<UInt64>(0)
    private let rest = AtomicDouble()

    /// Counts; a counter never falls, so what is not above zero is left out.
    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        whole.wrappingAdd(UInt64(amount), ordering: .relaxed)
    }

    /// As the other, and leaves out what is no finite number: it would never come out of the sum again.
    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        rest.add(amount)
    }

    func reset() {
        whole.store(0, ordering: .relaxed)
        rest.store(0)
    }

    /// Takes over what somebody else counts, like the system.
    func follow(_ total: Double) {
        whole.store(0, ordering: .relaxed)
        rest.store(total)
    }

    func write(_ family: Family, _ labels: SeriesLabels, into exposition: inout Exposition) {
        let (whole, rest) = (whole.load(ordering: .relaxed), rest.value)
        exposition.sample(family.name, labels: labels, rest == 0 ? String(whole) : (Double(whole) + rest).expositionText)
    }
}
