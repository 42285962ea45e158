import Synchronization

/// All series of one metric name. It keeps so many and no more.
final class Family: Sendable {
    let name: MetricName
    let help: String
    let kind: MetricDeclaration.Kind
    private let buckets: [Double]
    private let limit: Int
    private let members = Mutex<[SeriesLabels: any Series]>([:])

    init(_ declaration: MetricDeclaration, limit: Int) {
        name = declaration.name
        help = declaration.help
        kind = declaration.kind
        buckets = declaration.buckets
        self.limit = limit
    }

    /// The series with these labels, a new one where there was none; `nil` if that would be one too many.
    func series(_ dimensions: [(String, String)]) -> (any Series)? {
        let labels = SeriesLabels(dimensions, reserved: kind == .histogram ? "le" : nil)
        return members.withLock { members in
            if let series = members[labels] { return series }
            guard members.count < limit else { return nil }
            let series = makeSeries()
            members[labels] = series
            return series
        }
    }

    private func makeSeries() -> any Series {
        switch kind {
        case .counter: CounterSeries()
        case .gauge: GaugeSeries()
        case .histogram: HistogramSeries(bounds: buckets)
        }
    }

    /// Forgets a series; whoever still has it counts for nobody.
    ///
    /// - Returns: Whether it was one of this family.
    func remove(_ series: AnyObject) -> Bool {
        members.withLock { members in
            guard let labels = members.first(where: { $0.value === series })?.key else { return false }
            members[labels] = nil
            return true
        }
    }

    func write(into exposition: inout Exposition) {
        let members = members.withLock { $0 }.sorted { $0.key.text < $1.key.text }
        guard !members.isEmpty else { return }
        exposition.describe(self)
        for (labels, series) in members { series.write(self, labels, into: &exposition) }
    }
}
