import HindsightApp
import HindsightCore

/// The demo's story as a page of text.
struct DemoSummary {
    private let story: DemoStory

    init(_ story: DemoStory) { self.story = story }

    var lines: [String] {
        ["", "HINDSIGHT DEMO  \(story.folder)", ""] + flows + [""] + twins + [""] + policies + [""] + invoice + [""] + job + [""] + proof
            + [""]
            + whereAndWhatNext
    }

    private func figure(_ part: Demo.Part, _ name: String) -> Int64 { story.figures[part.rawValue]?[name] ?? 0 }

    /// With a comma between thousands.
    private func grouped(_ number: Int64) -> String {
        var digits = String(number)
        var place = digits.count - 3
        while place > 0 {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
            place -= 3
        }
        return digits
    }

    private var flows: [String] {
        let facts = figure(.customerMDM, "facts")
        let paid = figure(.billing, "paid")
        let ended = paid + figure(.billing, "uncollectible")
        let share = ended > 0 ? Double(paid * 1_000 / ended) / 10 : 0
        return table([
            [
                Demo.Part.customerMDM.title, "\(figure(.customerMDM, "steps")) steps of the twins' chronology",
                "\(facts - figure(.customerMDM, "failed")) of \(facts) expected facts hold",
            ],
            [
                Demo.Part.billing.title,
                "\(grouped(figure(.billing, "subscriptions"))) subscriptions over \(figure(.billing, "days")) days",
                "\(grouped(paid)) invoices paid, \(share) % of those that ended",
            ],
            [
                Demo.Part.audience.title, "\(figure(.audience, "paragraphs")) paragraphs of a notebook, run for real",
                "\(figure(.audience, "rows")) clients in a checked CSV",
            ],
        ])
    }

    private var twins: [String] {
        let rows = story.twinsScenes.flatMap { scene in
            scene.persons.enumerated().map { index, person in
                [
                    index == 0 ? String(scene.at.description.prefix(10)) : "", person.golden, person.name,
                    person.members.joined(separator: " "),
                ]
            }
        }
        return ["TIME TRAVEL: the twins, \(story.twins.joined(separator: " and ")), as they were recorded on four days"] + table(rows)
    }

    private var policies: [String] {
        guard let chronology = story.chronology else { return ["FOUR POLICIES: the input names no twins"] }
        return ["FOUR POLICIES: the same days under the rules of 2014, 2016, 2018 and 2022, and when the twins were taken for one"]
            + table(ChronologyTable(chronology).rows)
    }

    private var invoice: [String] {
        guard let invoice = story.invoice else { return ["TIME TRAVEL: no invoice was recovered"] }
        let rows = story.invoiceScenes.map { [minute($0.at), $0.status, "attempt \($0.attempts.last ?? "none")"] }
        return ["TIME TRAVEL: invoice \(invoice) before, during and after its recovery"] + table(rows)
    }

    private var job: [String] {
        let rows = story.jobScenes.map { scene in
            let finished = scene.paragraphs.count { $0.hasSuffix(": FINISHED") }
            let next = scene.paragraphs.first { !$0.hasSuffix(": FINISHED") }
            return [
                "position \(scene.position)", scene.status, "\(finished) of \(scene.paragraphs.count) paragraphs done",
                next ?? "nothing left",
            ]
        }
        var lines = ["TIME TRAVEL: audience job \(story.job) in mid-run and at its end"] + table(rows)
        if let artifact = story.artifact {
            lines.append("  \(artifact.rows) rows in audiences/\(artifact.path), sha256 \(artifact.sha256.prefix(16))…")
        }
        return lines
    }

    private var proof: [String] {
        [
            "PROOF",
            "  \(figure(.proof, "equal")) of \(figure(.proof, "projections")) read models deleted and rebuilt from the log with equal digests",
            "  chain verified through position \(grouped(figure(.proof, "verified"))); now \(grouped(story.events)) events in \(grouped(Int64(story.streams))) streams, "
                + "digest \(story.digest.prefix(16))…",
        ]
    }

    private var whereAndWhatNext: [String] {
        ["WHERE IT LIES, in \(story.folder)"]
            + table([
                ["events.sqlite", "the log, and all that must be kept"],
                ["read-models/", "rows folded from it: delete them and see"],
                ["payment-gateway/journal.ndjson", "the gateway's witness: one charge for each key"],
                ["notebook-runner/journal.ndjson", "the notebook's witness: one clone, nothing run twice"],
                ["audiences/", "the CSV"],
            ]) + ["", "TRY NEXT"] + story.suggestions.map { "  hindsight \($0)" } + [""]
    }

    private func minute(_ instant: Timestamp) -> String { String(instant.description.prefix(16)).replacing("T", with: " ") }

    private func table(_ rows: [[String]]) -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            var line = "  "
            for (index, cell) in row.enumerated() {
                line += index == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[index] - cell.count + 2)
            }
            return line
        }
    }
}
