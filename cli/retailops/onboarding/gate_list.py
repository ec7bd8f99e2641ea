"""Which gates an opening has, what each asks for, and who brings it. Adding a check is adding a line."""

from __future__ import annotations

from retailops.onboarding.gates import Check, Gate, Standing

NOT_YET: Standing = "not built yet"
NOT_IN_LAB: Standing = "not possible in a lab"

PAPER = (
    Gate(
        "G1",
        "SURVEYED",
        "Surveyed",
        "完成勘察",
        (Check("survey", "signed site survey", "现场勘察签字", "site", NOT_YET),),
        True,
    ),
    Gate(
        "G2",
        "PLANNED",
        "Planned",
        "完成规划",
        (Check("approval", "approved plan", "方案审批", "architecture", NOT_YET),),
        True,
    ),
    Gate(
        "G3",
        "ORDERED",
        "Ordered",
        "完成订购",
        (Check("orders", "orders with dates", "订单与承诺日期", "purchasing", NOT_YET),),
        True,
    ),
    Gate(
        "G4",
        "STAGED",
        "Staged",
        "完成预装",
        (Check("burn_in", "serials and burn-in", "序列号与老化测试", "staging", NOT_IN_LAB),),
        True,
    ),
    Gate(
        "G5",
        "DELIVERED",
        "Delivered",
        "完成到货",
        (Check("delivery", "proof of delivery", "到货签收", "logistics", NOT_IN_LAB),),
        True,
    ),
)

CONNECTED = Gate(
    "G6",
    "CONNECTED",
    "Connected",
    "网络就绪",
    (
        Check("identity", "gateway enrolled under its own identity", "网关以自身身份注册", "network"),
        Check("overlay", "tunnels up on two or more lines", "两条以上线路隧道连通", "network"),
        Check("routing", "centre reachable by BGP and BFD on each line", "每条线路均可达总部", "network"),
        Check("failover", "a cut line is left, and taken again, in time", "断线切换与恢复时间", "network"),
        Check("zones", "zones reach what they may and nothing else", "区域隔离矩阵", "security"),
        Check("services", "leases, names and time with every line cut", "断网时地址、域名与时间服务正常", "network"),
        Check("line_quality", "loss and latency over days", "长期丢包与时延", "network", NOT_YET),
        Check("hardware_identity", "TPM-bound identity", "硬件可信身份", "security", NOT_IN_LAB),
    ),
)

EDGE_READY = Gate(
    "G7",
    "EDGE_READY",
    "Edge cluster ready",
    "边缘集群就绪",
    (
        Check("nodes", "nodes ready as planned", "节点按计划就绪", "platform"),
        Check("version", "pinned version and digest", "版本与摘要一致", "platform"),
        Check("certificates", "certificates last more than 120 days", "证书有效期超过 120 天", "platform"),
        Check("secrets_encrypted", "secrets encrypted at rest", "密钥静态加密", "security"),
        Check("backup", "database backup restored to scratch", "备份可恢复", "platform"),
        Check("disk_encryption", "disk encryption", "磁盘加密", "security", NOT_IN_LAB),
        Check("hardening", "hardening benchmark", "安全基线", "security", NOT_YET),
    ),
)

APPS_READY = Gate(
    "G8",
    "APPS_READY",
    "Applications ready",
    "应用就绪",
    (
        Check("revision", "stack at the wanted revision", "应用栈版本一致", "platform"),
        Check("healthy", "workloads healthy", "工作负载健康", "platform"),
        Check("images_local", "images on the node itself", "镜像已在本地", "platform"),
        Check("offline_sale", "the till sells without the centre", "离线可销售", "retail systems"),
    ),
)

DEVICES_READY = Gate(
    "G9",
    "DEVICES_READY",
    "Devices ready",
    "设备就绪",
    (
        Check("register", "device register equals the plan", "设备登记与方案一致", "store IT", NOT_YET),
        Check("payment", "payment terminals keyed and tested", "支付终端测试", "payments", NOT_IN_LAB),
    ),
)

ACCEPTED = Gate(
    "G10",
    "ACCEPTED",
    "Accepted",
    "通过验收",
    (
        Check("sale", "a sale from the POS network", "收银网络完成销售", "retail systems"),
        Check(
            "sale_offline",
            "a sale with every line cut, at the centre once afterwards",
            "断网销售，恢复后到总部且仅一次",
            "retail systems",
        ),
        Check(
            "failover_flow",
            "a running flow while one line is cut, and its return",
            "断一条线路时业务流不中断",
            "network",
        ),
        Check("zone_matrix", "zone matrix, probed from each zone", "各区域实测隔离矩阵", "security"),
        Check("reboot", "each box reboots, and the till answers unaided", "逐台重启后收银自动恢复", "platform"),
        Check("clocks", "clocks within one second", "时钟误差一秒以内", "platform"),
        Check("default_passwords", "default passwords refused", "拒绝默认密码", "security"),
        Check("testinfra", "hosts as their roles promise", "主机配置核验", "platform"),
        Check("inventory", "power, ports, firmware and serials", "电源端口固件与序列号", "store IT", NOT_IN_LAB),
        Check("rehearsal", "dress rehearsal and two signatures", "开业彩排与双人签字", "operations", NOT_YET),
    ),
)

AFTER = (
    Gate(
        "G11",
        "OPEN",
        "Open",
        "开业",
        (Check("go", "go or no-go by two departments", "双部门开业决定", "operations", NOT_YET),),
    ),
    Gate(
        "G12",
        "OPERATING",
        "Operating",
        "稳定运营",
        (Check("objectives", "days of objectives met", "连续达标天数", "service desk", NOT_YET),),
    ),
)

GATES = (*PAPER, CONNECTED, EDGE_READY, APPS_READY, DEVICES_READY, ACCEPTED, *AFTER)


def gate(gate_id: str) -> Gate:
    """Raises `KeyError` for a gate that isn't in the list."""
    return {each.id: each for each in GATES}[gate_id]
