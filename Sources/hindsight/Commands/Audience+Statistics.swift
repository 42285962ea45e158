import ArgumentParser
import AudienceJobs
import HindsightApp
import HindsightCore

extension JobStatistics.Period: ExpressibleByArgument {}

extension AudienceCommand {
    struct Statistics: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "What the jobs brought: how many ended well, the hours saved, and why others failed.")
        @Option(help: "The first instant that counts.", transform: Arguments.instant) var from: Timestamp?
        @Option(help: "The first instant that no longer counts.", transform: Arguments.instant) var to: Timestamp?
        @Option(help: "Of this template alone.") var template: String?
        @Option(name: .customLong("by"), help: "The length of a period.") var period = JobStatistics.Period.month
        @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: AudienceCommand

        func run(in session: Session) async throws {
            let application = try session.open(for: .reading)
            let position = try await at?.position(in: application.log)
            let statistics = try await application.openAudienceBoard()
                .statistics(of: template, from: from, to: to, by: period, at: position)
            await application.close()
            var facts = [("in all", Self.line(statistics.all))]
            for failure in statistics.failures { facts.append(("failed", "\(failure.jobs)  \(failure.words)")) }
            for part in statistics.byTemplate { facts.append((part.template.description, Self.line(part.figures))) }
            for part in statistics.byPeriod { facts.append(("from \(part.from)", Self.line(part.figures))) }
            try Printer.printOne(statistics, facts: facts, format: session.format)
        }

        private static func line(_ figures: JobStatistics.Figures) -> String {
            let median = figures.medianSeconds.map { ", \($0) s in the middle" } ?? ""
            return "\(figures.requested) requested, \(figures.finished) finished, \(figures.failed) failed, "
                + "\(figures.hoursSaved) hours saved\(median)"
        }
    }
}
