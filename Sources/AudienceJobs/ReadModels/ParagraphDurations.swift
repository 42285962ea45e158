package import HindsightCore

/// How long each paragraph of a template took in the latest jobs, for telling when a job will be ready.
package struct ParagraphDurations: Projection {
    package let name = "paragraph-durations"
    package let version = 1

    package init() {}

    package static func key(_ template: TemplateName, _ paragraph: String) -> String { "\(template):\(paragraph)" }

    package func keys(for event: Recorded<JobEvent>) -> [String] {
        // The paragraph with the parameters is another one in each job, and over at once.
        guard case .paragraphFinished(let finished) = event.event, let template = finished.template,
            finished.durationMilliseconds != nil, !finished.title.hasPrefix("job:")
        else { return [] }
        return [Self.key(template, finished.paragraphId)]
    }

    package func apply(_ event: Recorded<JobEvent>, key: String, to row: inout DurationRow?) {
        guard case .paragraphFinished(let finished) = event.event, let template = finished.template,
            let duration = finished.durationMilliseconds
        else { return }
        var known = row ?? DurationRow(template: template, paragraph: finished.paragraphId)
        known.milliseconds.append(duration)
        known.milliseconds.removeFirst(max(0, known.milliseconds.count - DurationRow.remembered))
        row = known
    }
}

package struct DurationRow: Codable, Sendable, Equatable {
    /// Older ones tell of other data and other machines.
    static let remembered = 20

    package var template: TemplateName
    package var paragraph: String
    /// The latest last.
    package var milliseconds: [Int64] = []

    /// The one in the middle, of two the longer; `nil` if there is none.
    package var usual: Duration? {
        milliseconds.isEmpty ? nil : .milliseconds(milliseconds.sorted()[milliseconds.count / 2])
    }
}
