import ArgumentParser
import CustomerMDM
import HindsightApp
import HindsightCore

extension MDMCommand {
    struct Train: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Learn the weights of comparisons from the log's cards, and match by them from now on.",
            discussion: """
                No labels are needed: it starts from what strong rules join. The weights are recorded as an event, and hold for the profile \
                as it is; with another profile, or another version of it, train again.
                """)
        @Option(help: "Take over the weights of a model that Splink has saved instead.") var splink: String?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: MDMCommand

        func run(in session: Session) async throws {
            let trained = try await MDMCommand.acting(session) { hub in
                guard let splink else { return try await hub.train() }
                let model = try SplinkModel(CompressedFile.read(splink), for: hub.profile)
                for column in model.unused { Terminal.warn("the profile does not compare \(column): left out") }
                for name in model.shortened { Terminal.warn("\(name) has more levels than four: those in the middle are left out") }
                return try await hub.adopt(model)
            }
            var printer = Printer(
                [
                    Printer.Column("COMPARISON"), Printer.Column("LEVEL"), Printer.Column("M", isNumber: true),
                    Printer.Column("U", isNumber: true),
                    Printer.Column("BITS", isNumber: true),
                ], format: session.format)
            for comparison in trained.weights.comparisons {
                for level in Level.allCases.reversed() {
                    guard let odds = comparison.levels[level.rawValue] else { continue }
                    try printer.print(
                        Row(comparison: comparison.name, level: level, m: odds.m, u: odds.u, weight: odds.weight),
                        cells: [comparison.name, level.rawValue, Self.short(odds.m), Self.short(odds.u), Self.bits(odds.weight)])
                }
            }
            try printer.finish()
        }

        private struct Row: Encodable {
            let comparison: String
            let level: Level
            let m: Double
            let u: Double
            /// In 1/1000 bit.
            let weight: Int
        }

        private static func short(_ chance: Double) -> String {
            let millionths = Int((chance * 1_000_000).rounded())
            return millionths == 0 && chance > 0 ? "<0.000001" : "\(Double(millionths) / 1_000_000)"
        }

        private static func bits(_ weight: Int) -> String { "\(Double((weight + (weight < 0 ? -50 : 50)) / 100) / 10)" }
    }
}
