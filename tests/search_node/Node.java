import static org.codelibs.opensearch.runner.OpenSearchRunner.newConfigs;

import org.codelibs.opensearch.runner.OpenSearchRunner;

/** One OpenSearch node on 127.0.0.1: `java -cp 'lib/*' Node.java FOLDER PORT`; ends with its standard input. */
public class Node {
    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[1]);
        OpenSearchRunner runner = new OpenSearchRunner();
        runner.onBuild((number, settings) -> {
            // Without these two it waits half a minute for a manager that never comes.
            settings.putList("discovery.seed_hosts");
            settings.putList("cluster.initial_cluster_manager_nodes", "Node 1");
            settings.put("network.host", "127.0.0.1");
            settings.put("http.port", String.valueOf(port));
            settings.put("transport.port", "0");
            settings.put("action.auto_create_index", "false");
            // The tests' own disk may be nearly full; a test that wants the flood stage sets the block itself.
            settings.put("cluster.routing.allocation.disk.threshold_enabled", "false");
        }).build(newConfigs().clusterName("huiying-" + port).numOfNode(1).basePath(args[0]));
        System.out.println("started");
        while (System.in.read() >= 0) {
            // whoever started us closes this when it ends, however it ends
        }
        runner.close();
        System.exit(0);
    }
}
