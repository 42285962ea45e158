import CoreMetrics

/// A number that goes up and down.
final class GaugeSeries: Series, MeterHandler, RecorderHandler {
    private let number = AtomicDouble()

    func set(_ value: Int64) { number.store(Double(value)) }
    func set(_ value: Double) { number.store(value) }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }

    /// Leaves out what is no finite number: it would never come out of the sum again.
    func increment(by amount: Double) {
        guard amount.isFinite else { return }
        number.add(amount)
    }

    func decrement(by amount: Double) { increment(by: -amount) }

    func write(_ family: Family, _ labels: SeriesLabels, into exposition: inout Exposition) {
        exposition.sample(family.name, labels: labels, number.value.expositionText)
    }
}
