/// One line of numbers over time: a metric's name and one set of labels.
protocol Series: AnyObject, Sendable {
    func write(_ family: Family, _ labels: SeriesLabels, into exposition: inout Exposition)
}
